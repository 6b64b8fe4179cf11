// libpam's module interface, and wrappers for its variadic functions and untyped items.
#ifndef TWOSTEP_CPAM_H
#define TWOSTEP_CPAM_H

#include <stddef.h>
#include <sys/types.h>

#include <security/pam_modules.h>

#include <security/pam_ext.h>
#include <stdlib.h>
#include <syslog.h>

// pam_syslog(3) adds "module(service:type): " and the facility authpriv.
static inline void twostep_pam_syslog(const pam_handle_t *handle, int priority, const char *text) {
    pam_syslog(handle, priority, "%s", text);
}

static inline const void *twostep_pam_item(const pam_handle_t *handle, int item, int *status) {
    const void *value = NULL;
    *status = pam_get_item(handle, item, &value);
    return *status == PAM_SUCCESS ? value : NULL;
}

// Macros with a cast, which Swift does not import.
static inline int twostep_pam_silent(void) { return (int)PAM_SILENT; }

#endif
