// What the module and the tools take from libc, and one-line wrappers for what Swift cannot call:
// variadic functions, macros, errno.
#ifndef TWOSTEP_CLINUX_H
#define TWOSTEP_CLINUX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include <sys/ioctl.h>

static inline int twostep_errno(void) { return errno; }
static inline void twostep_clear_errno(void) { errno = 0; }

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

static inline int twostep_getrlimit_fsize(struct rlimit *limit) { return getrlimit(RLIMIT_FSIZE, limit); }
static inline int twostep_getrlimit_space(struct rlimit *limit) { return getrlimit(RLIMIT_AS, limit); }
static inline int twostep_getrlimit_data(struct rlimit *limit) { return getrlimit(RLIMIT_DATA, limit); }

// A socket of a kind, and the address of the one at `path`; -1 with errno, ENAMETOOLONG for a path that does not fit.
static inline int twostep_socket(int kind, const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return socket(AF_UNIX, kind, 0);
}

// A stream socket connected to the socket at `path`; waits for its turn there at most `seconds`, then errno is EAGAIN.
// -1 with errno otherwise. A path that does not fit is ENAMETOOLONG.
static inline int twostep_connect(const char *path, time_t seconds) {
    struct sockaddr_un address;
    struct timeval patience = {.tv_sec = seconds};
    int number = twostep_socket(SOCK_STREAM | SOCK_CLOEXEC, path, &address);
    if (number >= 0 && (setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
                        connect(number, (struct sockaddr *)&address, sizeof address) != 0)) {
        int error = errno;
        close(number);
        errno = error;
        return -1;
    }
    return number;
}

// Sends one datagram to the socket at `path`, if somebody listens there and has room; nothing waits. Whether it was sent.
static inline int twostep_send_datagram(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address;
    int number = twostep_socket(SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, path, &address);
    if (number < 0) return 0;
    int sent = connect(number, (struct sockaddr *)&address, sizeof address) == 0 &&
               send(number, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)count;
    close(number);
    return sent;
}

// The same, but waits so long for room, and with a descriptor beside it, of which the receiver gets its own; -1 for none
// (sessions.c).
int twostep_send_datagram_within(const char *path, const void *bytes, size_t count, int passed, long milliseconds);
// The next datagram, and the descriptor beside it, -1 where there is none; -1 with errno where none waits.
ssize_t twostep_receive_datagram(int number, void *room, size_t size, int *passed);

// The user and the process of the next session in utmp(5); 0 where there is no more. Between begin and end.
void twostep_begin_sessions(void);
void twostep_end_sessions(void);
int twostep_next_session(char *user, size_t size, int32_t *pid);
// A descriptor that stands for this process and for none that gets its number later; -1 with errno.
int twostep_hold_process(int32_t pid);
int twostep_signal_process(int number, int signal);

// A socket at `path`, where nothing may be, to which root alone may send datagrams; -1 with errno otherwise.
static inline int twostep_listen_for_datagrams(const char *path) {
    struct sockaddr_un address;
    int number = twostep_socket(SOCK_DGRAM | SOCK_CLOEXEC, path, &address);
    if (number < 0) return -1;
    mode_t mask = umask(0177);
    int status = bind(number, (struct sockaddr *)&address, sizeof address);
    int error = errno;
    umask(mask);
    if (status == 0) return number;
    close(number);
    errno = error;
    return -1;
}

// Who connected or listened at the other end; 0, or -1 with errno.
static inline int twostep_peer(int number, struct ucred *peer) {
    socklen_t size = sizeof *peer;
    return getsockopt(number, SOL_SOCKET, SO_PEERCRED, peer, &size) == 0 && size == sizeof *peer ? 0 : -1;
}

// A listening socket at `path`, where nothing may be, that everybody may connect to; -1 with errno otherwise.
static inline int twostep_listen(const char *path) {
    struct sockaddr_un address;
    int number = twostep_socket(SOCK_STREAM | SOCK_CLOEXEC, path, &address);
    if (number < 0) return -1;
    if (bind(number, (struct sockaddr *)&address, sizeof address) == 0 && chmod(path, 0666) == 0 &&
        listen(number, SOMAXCONN) == 0)
        return number;
    int error = errno;
    close(number);
    errno = error;
    return -1;
}

static inline int twostep_accept(int number) { return accept4(number, NULL, NULL, SOCK_CLOEXEC); }

// Starts `program` with `socket` as its standard input; no shell, no environment. 0, or an error number.
static inline int twostep_spawn(const char *program, const char *option, const char *value, int socket, pid_t *pid) {
    char *arguments[] = {(char *)program, (char *)option, (char *)value, NULL};
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawn_file_actions_adddup2(&actions, socket, 0);
    if (error == 0) error = posix_spawn(pid, program, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

// Starts a program in a session of its own, with these standard streams and nothing else open that is not close-on-exec,
// every signal as it is at first. 0, or an error number.
static inline int twostep_start(char *const arguments[], char *const environment[], int in, int out, int err, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        sigfillset(&signals);
        error = posix_spawnattr_setsigdefault(&attributes, &signals);
        sigemptyset(&signals);
        if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &signals);
        if (error == 0)
            error = posix_spawnattr_setflags(&attributes,
                                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, in, 0);
        if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, out, 1);
        if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, err, 2);
        if (error == 0) error = posix_spawn_file_actions_addchdir_np(&actions, "/");
        if (error == 0) error = posix_spawn(pid, arguments[0], &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static inline int twostep_set_nonblocking(int number) { return fcntl(number, F_SETFL, O_NONBLOCK); }
static inline void twostep_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

// Another number for the open file, beyond the standard streams; -1 with errno.
static inline int twostep_duplicate(int number) { return fcntl(number, F_DUPFD_CLOEXEC, 3); }

// An exclusive lock on one byte, which goes with the open file; -1 with errno where somebody else has it.
static inline int twostep_lock_byte(int number, off_t offset) {
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    return fcntl(number, F_OFD_SETLK, &byte);
}

// Ends this process by SIGALRM after so many seconds, whatever its parent had that signal do.
static inline void twostep_end_after(unsigned seconds) {
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(seconds);
}

static inline void twostep_open_log(const char *name) { openlog(name, LOG_PID, LOG_AUTHPRIV); }

static inline int twostep_prctl(int operation, unsigned long value) { return prctl(operation, value, 0UL, 0UL, 0UL); }

// Leaves this process no capability; 0, or -1 with errno.
static inline int twostep_drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return (int)syscall(SYS_capset, &header, none);
}

// What a process that serves a connection does not need, taken from it by the kernel (clinux.c). Each is 0, or a
// descriptor, or -1 with errno.
int twostep_filter_system_calls(void);
int twostep_filter_file_rights(void);
int twostep_filter_file_names(void);
int twostep_new_ruleset(void);
int twostep_allow_below(int ruleset, int folder, int writing);
int twostep_enforce(int ruleset);

// What doctor looks at (looking.c). Each is 0, or -1 with errno.
struct twostep_disk {
    uint64_t kind;
    uint64_t free;
    int read_only;
    int not_copied;
};
// 1 where nobody keeps the clock right.
int twostep_clock_is_free(void);
int twostep_look_at_disk(int number, struct twostep_disk *disk);
// 1 where somebody takes datagrams at the path.
int twostep_hears_datagrams(const char *path);
// A file without a name in the folder.
int twostep_open_scratch(int folder);
// Where on the disk the file's first byte lies.
int twostep_first_place(int number, uint64_t *place);

#endif
