// What the module and the tools take from libc, and one-line wrappers for what Swift cannot call:
// variadic functions, macros, errno.
#ifndef TWOSTEP_CLINUX_H
#define TWOSTEP_CLINUX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include <sys/ioctl.h>

static inline int twostep_errno(void) { return errno; }

static inline int twostep_openat(int folder, const char *name, int flags, mode_t mode) {
    return openat(folder, name, flags, mode);
}

// openat2(2), which glibc does not wrap: opens a folder whose path has no symbolic link in it.
static inline int twostep_open_folder_without_links(const char *path, int flags) {
    struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static inline int twostep_ioctl_window(int fd, struct winsize *size) { return ioctl(fd, TIOCGWINSZ, size); }

static inline void twostep_syslog(int priority, const char *text) { syslog(priority, "%s", text); }

static inline int twostep_is_regular(mode_t mode) { return S_ISREG(mode); }
static inline int twostep_is_folder(mode_t mode) { return S_ISDIR(mode); }

static inline int twostep_is_symbolic_link(mode_t mode) { return S_ISLNK(mode); }

static inline int twostep_getrlimit_fsize(struct rlimit *limit) { return getrlimit(RLIMIT_FSIZE, limit); }

#endif
