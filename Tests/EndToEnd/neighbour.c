// A PAM module that stands before or after ours in a test's stack.
//
//   gives=FILE    leaves what FILE holds, without its end of line, as the password (PAM_AUTHTOK) for the modules after it
//   notes=FILE    writes the password that the modules before it left to FILE; makes no file where there is none
// It keeps nothing in memory.
#define _GNU_SOURCE
#include <fcntl.h>
#include <security/pam_modules.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST = 4096 };

static int give(pam_handle_t *pam, const char *path) {
    char text[LONGEST];
    int file = open(path, O_RDONLY | O_CLOEXEC), status = PAM_SYSTEM_ERR;
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (size >= 0) {
        text[size] = 0;
        text[strcspn(text, "\n")] = 0;
        status = pam_set_item(pam, PAM_AUTHTOK, text);
    }
    explicit_bzero(text, sizeof text);
    if (file >= 0) close(file);
    return status;
}

static int note(pam_handle_t *pam, const char *path) {
    const void *text = NULL;
    int status = pam_get_item(pam, PAM_AUTHTOK, &text);
    if (status != PAM_SUCCESS || !text) return status;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t size = strlen(text);
    if (file < 0 || write(file, text, size) != (ssize_t)size) status = PAM_SYSTEM_ERR;
    if (file >= 0) close(file);
    return status;
}

int pam_sm_authenticate(pam_handle_t *pam, int flags, int count, const char **arguments) {
    (void)flags;
    if (count != 1) return PAM_SERVICE_ERR;
    if (!strncmp(arguments[0], "gives=", 6)) return give(pam, arguments[0] + 6);
    if (!strncmp(arguments[0], "notes=", 6)) return note(pam, arguments[0] + 6);
    return PAM_SERVICE_ERR;
}

int pam_sm_setcred(pam_handle_t *pam, int flags, int count, const char **arguments) {
    (void)pam, (void)flags, (void)count, (void)arguments;
    return PAM_SUCCESS;
}
