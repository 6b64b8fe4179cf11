// An application on PAM in which memory runs out, at each place in turn.
//
//   starved CONFDIR SERVICE USER ANSWER once|forever [RECORD]
//
// Logs in once, so that everything that a process does but once is done. Then, in a child process for each N from 1 on,
// lets the N-th allocation within pam_authenticate fail (once), or that one and all behind it (forever), until a login
// asks for fewer than N. The file RECORD is put back as it is now before each of them, so that none finds an account
// locked by those before it. Prints for each child a line "N returned CODE" or "N died SIGNAL".
#define _GNU_SOURCE
#include <errno.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 100000 };
static long counted, failing;
static int armed, forever;

static int fails(void) {
    if (!armed) return 0;
    counted++;
    return failing && (forever ? counted >= failing : counted == failing);
}

// These stand before libc's for everything in this process.
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
void *malloc(size_t size) { return fails() ? (errno = ENOMEM, NULL) : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails() ? (errno = ENOMEM, NULL) : __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { return fails() ? (errno = ENOMEM, NULL) : __libc_realloc(memory, size); }
void *aligned_alloc(size_t to, size_t size) { return fails() ? (errno = ENOMEM, NULL) : __libc_memalign(to, size); }
void *memalign(size_t to, size_t size) { return aligned_alloc(to, size); }
int posix_memalign(void **memory, size_t to, size_t size) {
    void *made = aligned_alloc(to, size);
    if (made) *memory = made;
    return made ? 0 : ENOMEM;
}

static const char *answer;

static int converse(int count, const struct pam_message **message, struct pam_response **responses, void *data) {
    (void)data;
    int were_armed = armed;
    armed = 0;      // what the application needs it has
    struct pam_response *replies = calloc((size_t)count, sizeof *replies);
    for (int index = 0; index < count; index++) {
        if (message[index]->msg_style == PAM_PROMPT_ECHO_OFF) replies[index].resp = strdup(answer);
    }
    *responses = replies;
    armed = were_armed;
    return PAM_SUCCESS;
}

static void no_delay(int status, unsigned delay, void *data) { (void)status, (void)delay, (void)data; }

static int authenticate(char **argv) {
    struct pam_conv conversation = {converse, NULL};
    pam_handle_t *pam = NULL;
    if (pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pam) != PAM_SUCCESS) abort();
    if (pam_set_item(pam, PAM_FAIL_DELAY, (const void *)no_delay) != PAM_SUCCESS) abort();
    armed = 1, counted = 0;
    int code = pam_authenticate(pam, 0);
    armed = 0;
    pam_end(pam, code);
    return code;
}

static char saved[1 << 16];
static ssize_t saved_length;

static void save(const char *path) {
    FILE *file = fopen(path, "rbe");
    if (!file) abort();
    saved_length = (ssize_t)fread(saved, 1, sizeof saved, file);
    fclose(file);
}

static void put_back(const char *path) {
    FILE *file = fopen(path, "r+be");
    if (!file || fwrite(saved, 1, (size_t)saved_length, file) != (size_t)saved_length || fclose(file)) abort();
}

int main(int argc, char **argv) {
    if (argc != 6 && argc != 7) return 64;
    if (argc == 7) save(argv[6]);
    answer = argv[4];
    forever = strcmp(argv[5], "forever") == 0;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    printf("0 returned %d\n", authenticate(argv));
    fflush(stdout);
    for (failing = 1; failing <= MOST; failing++) {
        int status;
        if (argc == 7) put_back(argv[6]);
        pid_t child = fork();
        if (child == 0) {
            int code = authenticate(argv);
            _exit(counted < failing ? 255 : code);
        }
        if (child < 0 || waitpid(child, &status, 0) != child) abort();
        if (WIFEXITED(status) && WEXITSTATUS(status) == 255) return 0;
        if (WIFEXITED(status)) printf("%ld returned %d\n", failing, WEXITSTATUS(status));
        else printf("%ld died %d\n", failing, WTERMSIG(status));
    }
    return 70;
}
