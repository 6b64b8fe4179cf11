// People's sessions, and how they are ended: for the process that delivers events. Nothing of it is in the module.
#include "clinux.h"

#include <utmpx.h>

void twostep_begin_sessions(void) { setutxent(); }

void twostep_end_sessions(void) { endutxent(); }

int twostep_next_session(char *user, size_t size, int32_t *pid) {
    struct utmpx *entry;
    while ((entry = getutxent()) != NULL) {
        if (entry->ut_type != USER_PROCESS || size < sizeof entry->ut_user + 1) continue;
        memcpy(user, entry->ut_user, sizeof entry->ut_user);
        user[sizeof entry->ut_user] = 0;
        *pid = entry->ut_pid;
        return 1;
    }
    return 0;
}

int twostep_hold_process(int32_t pid) { return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0); }

int twostep_signal_process(int number, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, number, signal, NULL, 0);
}

// One descriptor beside the bytes of a datagram.
union passed {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

int twostep_send_datagram_within(const char *path, const void *bytes, size_t count, int passed, long milliseconds) {
    struct timeval patience = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    struct sockaddr_un address;
    int number = twostep_socket(SOCK_DGRAM | SOCK_CLOEXEC, path, &address);
    if (number < 0) return 0;
    union passed control = {0};
    struct iovec text = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    if (passed >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof passed);
        memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    // A time limit of zero would be none.
    int waiting = milliseconds > 0 && setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0;
    int sent = connect(number, (struct sockaddr *)&address, sizeof address) == 0 &&
               sendmsg(number, &message, MSG_NOSIGNAL | (waiting ? 0 : MSG_DONTWAIT)) == (ssize_t)count;
    close(number);
    return sent;
}

ssize_t twostep_receive_datagram(int number, void *room, size_t size, int *passed) {
    union passed control = {0};
    struct iovec text = {.iov_base = room, .iov_len = size};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *passed = -1;
    ssize_t count = recvmsg(number, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return -1;
    // There is room for one; the kernel closes any more.
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(passed, CMSG_DATA(header), sizeof(int));
    return count;
}
