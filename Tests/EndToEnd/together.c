// Logins in processes of their own that answer their prompts at the same instant.
//
//   together CONFDIR SERVICE locked|unlocked
//
// Each line on standard input is a round:
//   MOMENT USER ANSWER [USER ANSWER]...
// For each pair a process is started that authenticates USER and, asked, waits until all of the round have been asked.
// Then all answer. MOMENT is what the wall clock says meanwhile, in seconds since the epoch; 0 stands for the real one.
// For each round a line is printed: in order, what pam_authenticate returned, or minus the signal that ended the
// process.
//
// With `unlocked` no lock on a file is ever waited for, to show that what the lock prevents would be seen.
//
// bcrypt takes fifty milliseconds of a processor's time: sixteen processes on two processors would be done with it long
// after one another. So what one has hashed the next one takes from it, and all who hash meet once more afterwards.
#define _GNU_SOURCE
#include <crypt.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOGINS = 64, SECONDS = 60 };

static struct shared {
    pthread_barrier_t asked, hashed;
    pthread_mutex_t hashing;
    char phrase[128], setting[128], hash[CRYPT_OUTPUT_SIZE];
    long moment;
} *shared;
static int unlocked;

static void fail(const char *what) {
    perror(what);
    exit(70);
}

// These stand before libc's and libcrypt's for everything in this process.

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME || !shared->moment) return (int)syscall(SYS_clock_gettime, clock, now);
    *now = (struct timespec){.tv_sec = shared->moment};
    return 0;
}

int flock(int file, int operation) {
    return unlocked ? 0 : (int)syscall(SYS_flock, file, operation);
}

char *crypt_rn(const char *phrase, const char *setting, void *data, int size) {
    struct crypt_data *work = data;
    if (size < (int)sizeof *work || strlen(phrase) >= sizeof shared->phrase ||
        strlen(setting) >= sizeof shared->setting) abort();
    pthread_mutex_lock(&shared->hashing);
    if (strcmp(phrase, shared->phrase) == 0 && strcmp(setting, shared->setting) == 0) {
        strcpy(work->output, shared->hash);
    } else if (*crypt_r(phrase, setting, work) == '$') {
        strcpy(shared->phrase, phrase);
        strcpy(shared->setting, setting);
        strcpy(shared->hash, work->output);
    } else {
        abort();
    }
    pthread_mutex_unlock(&shared->hashing);
    pthread_barrier_wait(&shared->hashed);
    return work->output;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **out, void *answer) {
    struct pam_response *replies = calloc((size_t)count, sizeof *replies);
    for (int index = 0; replies && index < count; index++) {
        if (messages[index]->msg_style != PAM_PROMPT_ECHO_OFF) continue;
        pthread_barrier_wait(&shared->asked);
        replies[index].resp = strdup(answer);
    }
    *out = replies;
    return replies ? PAM_SUCCESS : PAM_BUF_ERR;
}

// libpam calls this in place of sleeping after a failure.
static void no_delay(int result, unsigned microseconds, void *data) {
    (void)result, (void)microseconds, (void)data;
}

static int login(char **arguments, const char *user, char *answer) {
    struct pam_conv conversation = {converse, answer};
    pam_handle_t *pam = NULL;
    // Whoever waits for one that has died ends too.
    alarm(SECONDS);
    if (pam_start_confdir(arguments[2], user, &conversation, arguments[1], &pam) != PAM_SUCCESS) fail("pam_start");
    pam_set_item(pam, PAM_FAIL_DELAY, (const void *)no_delay);
    int result = pam_authenticate(pam, 0);
    return pam_end(pam, result) == PAM_SUCCESS ? result : PAM_SYSTEM_ERR;
}

static void meet(pthread_barrier_t *barrier, unsigned count) {
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(barrier, &attributes, count);
}

static void round_of(char **arguments, char *line) {
    char *users[LOGINS], *answers[LOGINS], *rest = line;
    pid_t processes[LOGINS];
    unsigned count = 0, hashing = 0;
    shared->moment = atol(strsep(&rest, " \n"));
    while (count < LOGINS && (users[count] = strsep(&rest, " \n")) && *users[count]) {
        if (!(answers[count] = strsep(&rest, " \n"))) exit(64);
        hashing += strchr(answers[count], '-') != NULL;
        count++;
    }
    if (!count) exit(64);
    meet(&shared->asked, count);
    meet(&shared->hashed, hashing ? hashing : 1);
    for (unsigned index = 0; index < count; index++) {
        if ((processes[index] = fork()) < 0) fail("fork");
        if (!processes[index]) _exit(login(arguments, users[index], answers[index]));
    }
    for (unsigned index = 0; index < count; index++) {
        int status;
        if (waitpid(processes[index], &status, 0) != processes[index]) fail("waitpid");
        printf("%d%c", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), index + 1 < count ? ' ' : '\n');
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t room = 0;
    if (argc != 4) return 64;
    unlocked = strcmp(argv[3], "unlocked") == 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) fail("mmap");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->hashing, &attributes);
    // As sshd has done long before it asks; otherwise each process would spend most of its time on it.
    OPENSSL_init_crypto(0, NULL);
    while (getline(&line, &room, stdin) > 0) round_of(argv, line);
    return 0;
}
