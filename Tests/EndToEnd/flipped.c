// Logins after each flip of a single bit in a record.
//
//   flipped CONFDIR SERVICE USER RECORD FIRST LAST STRIDE MOMENT ANSWER [MOMENT ANSWER]...
//
// RECORD is the path of USER's record. For each STRIDE-th bit of it from FIRST to before LAST, the file is written as
// it was at the beginning but for that bit, and then USER logs in with each ANSWER in turn, while the clock stands
// still at its MOMENT. Prints a line for each series of results that came: what pam_authenticate returned, in order,
// how many of these logins said in the log that a slot is damaged, how many flips led to it, and the first of them.
#define _GNU_SOURCE
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RECORD = 3 * 4096, SERIES = 64, ANSWERS = 8 };

static struct series { int results[ANSWERS]; int said; long count, first; } seen[SERIES];
static long moment;
static int said;

static void fail(const char *what) {
    perror(what);
    exit(70);
}

// These stand before libc's, libcrypt's, libpam's and libaudit's for everything in this process.

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME) return (int)syscall(SYS_clock_gettime, clock, now);
    *now = (struct timespec){.tv_sec = moment};
    return 0;
}

// The same few codes are hashed thousands of times, always to the same.
char *crypt_rn(const char *phrase, const char *setting, void *data, int size) {
    static struct { char phrase[128], setting[128], hash[CRYPT_OUTPUT_SIZE]; } known[ANSWERS];
    static int count;
    struct crypt_data *work = data;
    if (size < (int)sizeof *work || strlen(phrase) >= 128 || strlen(setting) >= 128) abort();
    for (int index = 0; index < count; index++) {
        if (strcmp(phrase, known[index].phrase) == 0 && strcmp(setting, known[index].setting) == 0)
            return strcpy(work->output, known[index].hash);
    }
    if (count == ANSWERS || *crypt_r(phrase, setting, work) != '$') abort();
    strcpy(known[count].phrase, phrase);
    strcpy(known[count].setting, setting);
    strcpy(known[count++].hash, work->output);
    return work->output;
}

// The log would grow by a hundred thousand lines.
void pam_syslog(const pam_handle_t *pam, int priority, const char *format, ...) {
    char line[1024];
    va_list arguments;
    (void)pam, (void)priority;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    said += strncmp(line, "event=slot-damaged", 18) == 0;
}

// Nor is the kernel told of each: libpam takes that for a kernel without audit.
int audit_open(void) {
    errno = EPROTONOSUPPORT;
    return -1;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **out, void *answer) {
    struct pam_response *replies = calloc((size_t)count, sizeof *replies);
    for (int index = 0; replies && index < count; index++) {
        if (messages[index]->msg_style == PAM_PROMPT_ECHO_OFF) replies[index].resp = strdup(answer);
    }
    *out = replies;
    return replies ? PAM_SUCCESS : PAM_BUF_ERR;
}

// libpam calls this in place of sleeping after a failure.
static void no_delay(int result, unsigned microseconds, void *data) {
    (void)result, (void)microseconds, (void)data;
}

static int login(char **argv, char *answer) {
    struct pam_conv conversation = {converse, answer};
    pam_handle_t *pam = NULL;
    if (pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pam) != PAM_SUCCESS) fail("pam_start");
    pam_set_item(pam, PAM_FAIL_DELAY, (const void *)no_delay);
    int result = pam_authenticate(pam, 0);
    return pam_end(pam, result) == PAM_SUCCESS ? result : PAM_SYSTEM_ERR;
}

static void note(const int *results, long flip) {
    for (int index = 0; index < SERIES; index++) {
        struct series *series = &seen[index];
        if (!series->count) {
            memcpy(series->results, results, sizeof series->results);
            *series = (struct series){.said = said, .first = flip};
            memcpy(series->results, results, sizeof series->results);
        }
        if (memcmp(series->results, results, sizeof series->results) == 0 && series->said == said) {
            series->count++;
            return;
        }
    }
    exit(71);
}

int main(int argc, char **argv) {
    static unsigned char sound[RECORD], flipped[RECORD];
    int answers = (argc - 8) / 2;
    if (argc < 10 || argc % 2 || answers > ANSWERS) return 64;
    int record = open(argv[4], O_RDWR | O_CLOEXEC);
    if (record < 0 || pread(record, sound, RECORD, 0) != RECORD) fail(argv[4]);
    for (long flip = atol(argv[5]); flip < atol(argv[6]); flip += atol(argv[7])) {
        int results[ANSWERS] = {0};
        memcpy(flipped, sound, RECORD);
        flipped[flip / 8] ^= (unsigned char)(1 << flip % 8);
        if (pwrite(record, flipped, RECORD, 0) != RECORD) fail(argv[4]);
        said = 0;
        for (int index = 0; index < answers; index++) {
            moment = atol(argv[8 + 2 * index]);
            results[index] = login(argv, argv[9 + 2 * index]);
        }
        note(results, flip);
    }
    if (pwrite(record, sound, RECORD, 0) != RECORD) fail(argv[4]);
    for (int index = 0; index < SERIES && seen[index].count; index++) {
        for (int number = 0; number < answers; number++) printf("%d ", seen[index].results[number]);
        printf("%d %ld %ld\n", seen[index].said, seen[index].count, seen[index].first);
    }
    return 0;
}
