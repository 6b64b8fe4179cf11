// One login between two marks that stand out in a trace of system calls.
//
//   faulted CONFDIR SERVICE USER ANSWER MOMENT [KIB]
//
// The marks are access(2) of /twostep-begin, once the module is loaded, and of /twostep-end, once it has answered. The
// wall clock stands still at MOMENT, in seconds since the epoch; with "broken" no clock can be read. With KIB the login
// has that much memory and no more.
// Prints what pam_authenticate returned, how many questions were asked, and how many descriptors it left open.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS = 128 };

static const char *moment;
static int asked;

// Stands before libc's for everything in this process.
int clock_gettime(clockid_t clock, struct timespec *now) {
    if (strcmp(moment, "broken") == 0) return errno = EPERM, -1;
    if (clock != CLOCK_REALTIME) return (int)syscall(SYS_clock_gettime, clock, now);
    *now = (struct timespec){.tv_sec = atol(moment)};
    return 0;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **out, void *answer) {
    struct pam_response *replies = calloc((size_t)count, sizeof *replies);
    for (int index = 0; replies && index < count; index++) {
        if (messages[index]->msg_style != PAM_PROMPT_ECHO_OFF) continue;
        asked++;
        replies[index].resp = strdup(answer);
    }
    *out = replies;
    return replies ? PAM_SUCCESS : PAM_BUF_ERR;
}

// libpam calls this in place of sleeping after a failure.
static void no_delay(int result, unsigned microseconds, void *data) {
    (void)result, (void)microseconds, (void)data;
}

// Whether each is open; asked one by one, so that this works whatever else has been made to fail.
static void note_descriptors(int *open_ones) {
    for (int number = 0; number < DESCRIPTORS; number++) open_ones[number] = fcntl(number, F_GETFD) >= 0;
}

// From now on this process may have no more than `kib` of memory beyond what it has.
static void leave_memory(long kib) {
    long pages = 0;
    FILE *sizes = fopen("/proc/self/statm", "re");
    if (!sizes || fscanf(sizes, "%ld", &pages) != 1) abort();
    fclose(sizes);
    rlim_t limit = (rlim_t)(pages * sysconf(_SC_PAGESIZE) + kib * 1024);
    if (setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit}) != 0) abort();
}

int main(int argc, char **argv) {
    static int before[DESCRIPTORS], after[DESCRIPTORS];
    pam_handle_t *pam = NULL;
    if (argc != 6 && argc != 7) return 64;
    struct pam_conv conversation = {converse, argv[4]};
    moment = argv[5];
    // Opens the connection to the log, which libc keeps.
    syslog(LOG_AUTHPRIV | LOG_INFO, "end-to-end-mark: a login begins");
    note_descriptors(before);
    if (pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pam) != PAM_SUCCESS) return 70;
    pam_set_item(pam, PAM_FAIL_DELAY, (const void *)no_delay);
    if (argc == 7) leave_memory(atol(argv[6]));
    access("/twostep-begin", F_OK);
    int result = pam_authenticate(pam, 0);
    access("/twostep-end", F_OK);
    pam_end(pam, result);
    note_descriptors(after);
    int left = 0;
    for (int number = 0; number < DESCRIPTORS; number++) left += after[number] && !before[number];
    printf("%d %d %d\n", result, asked, left);
    return 0;
}
