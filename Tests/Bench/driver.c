// One login through PAM, in a process of its own, timed from inside that process.
//
//     driver STATE CONFDIR SERVICE USER CODE
//
// STATE says what the process has done before the clock starts:
//   fresh    nothing: a program that does not use libcrypto, such as login or su
//   sshd     what OpenSSH's sshd has done in the process that calls PAM (see prepare_as_sshd)
//   fetched  the same, and every algorithm a second factor might want has been fetched already
//
// Prints one line: PAM's result, microseconds in the three calls, microseconds from starting the process
// to its end, peak resident memory in KiB, prompts answered, the delay PAM asked for in microseconds.
// That delay is not slept, here or in the figures: it is policy, not cost.
//
// Build without libcrypto for `fresh`; with -DAS_IN_SSHD and -lcrypto -lcrypt for the other two.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef AS_IN_SSHD
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#endif

extern char **environ;

static void fail(const char *what)
{
    fprintf(stderr, "driver: %s: %s\n", what, strerror(errno));
    exit(70);
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// The largest resident set this process has had, in KiB. Linux's ru_maxrss is the same figure, except that
// it survives exec and so would count the program that started us.
static long peak_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "re");
    if (!f) fail("/proc/self/status");
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
    fclose(f);
    return kib;
}

struct person {
    const char *code;
    int prompts;
    unsigned delay_us;
};

// Answers each echo-off question with the code, and reads whatever else is said.
static int converse(int n, const struct pam_message **msg, struct pam_response **out, void *data)
{
    struct person *p = data;
    struct pam_response *r = calloc((size_t)n, sizeof *r);
    if (!r) return PAM_BUF_ERR;
    for (int i = 0; i < n; i++) {
        if (msg[i]->msg_style == PAM_PROMPT_ECHO_OFF) {
            p->prompts++;
            r[i].resp = strdup(p->code);
        } else if (msg[i]->msg_style == PAM_PROMPT_ECHO_ON) {
            free(r);
            return PAM_CONV_ERR;
        }
    }
    *out = r;
    return PAM_SUCCESS;
}

// libpam calls this in place of sleeping.
static void note_delay(int result, unsigned us, void *data)
{
    (void)result;
    ((struct person *)data)->delay_us = us;
}

// The measured part. The items set are those sshd sets; the address is numeric, so nothing is looked up.
static void login(char **argv)
{
    struct person person = {.code = argv[5]};
    struct pam_conv conv = {converse, &person};
    pam_handle_t *pam = NULL;

    int64_t begin = now_us();
    int result = pam_start_confdir(argv[3], argv[4], &conv, argv[2], &pam);
    if (result != PAM_SUCCESS) fail("pam_start_confdir");
    pam_set_item(pam, PAM_RHOST, "192.0.2.1");
    pam_set_item(pam, PAM_TTY, "ssh");
    pam_set_item(pam, PAM_FAIL_DELAY, (const void *)note_delay);
    result = pam_authenticate(pam, 0);
    pam_end(pam, result);
    int64_t end = now_us();

    printf("%d %lld %ld %d %u\n", result, (long long)(end - begin), peak_kib(), person.prompts, person.delay_us);
    fflush(stdout);
}

#ifdef AS_IN_SSHD
static void digest(const EVP_MD *md)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    if (!EVP_Digest("x", 1, out, NULL, md, NULL)) fail("EVP_Digest");
}

static void encrypt(const EVP_CIPHER *cipher)
{
    unsigned char zero[64] = {0}, out[80];
    int n;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx || !EVP_EncryptInit_ex(ctx, cipher, NULL, zero, zero) || !EVP_EncryptUpdate(ctx, out, &n, zero, 64))
        fail("EVP_EncryptInit_ex");
    EVP_CIPHER_CTX_free(ctx);
}

// Brings libcrypto to the state it has in sshd when PAM is called, traced with uprobes on every EVP_*_fetch
// in OpenSSH 9.2p1 with OpenSSL 3.0 on Debian 12. sshd execs itself for each connection. That process, the
// privileged monitor, initialises libcrypto, reads the configuration file, draws random bytes, and loads and
// uses the host keys: AES-256-CTR, SHA-256 and SHA-512. It then forks an unprivileged child, and key exchange
// and the connection's own ciphers happen there, out of the monitor's memory. AES-GCM, HMAC and
// SHA-1 are therefore known to the process that calls PAM, but not yet fetched.
static void prepare_as_sshd(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL);
    ENGINE_load_builtin_engines();
    ENGINE_register_all_complete();
    OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CONFIG, NULL);
    unsigned char bytes[32];
    if (RAND_bytes(bytes, sizeof bytes) != 1) fail("RAND_bytes");
    encrypt(EVP_aes_256_ctr());
    digest(EVP_sha256());
    digest(EVP_sha512());
}

// What a host has that has used everything before: the kindest case for a module that fetches. Never freed.
static void prepare_everything(void)
{
    encrypt(EVP_aes_256_gcm());
    digest(EVP_sha1());
    if (!EVP_MD_fetch(NULL, "SHA1", NULL) || !EVP_MD_fetch(NULL, "SHA256", NULL) ||
        !EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL) || !EVP_MAC_fetch(NULL, "HMAC", NULL) ||
        !EVP_KDF_fetch(NULL, "HKDF", NULL))
        fail("fetch");
}

// sshd looks the user up before it starts PAM, and calls pam_authenticate in a fork of the monitor, whose
// first use of each inherited page costs a fault. All three calls are made in the fork here, so that one
// clock in one process times them.
static void login_as_in_sshd(char **argv)
{
    prepare_as_sshd();
    if (strcmp(argv[1], "fetched") == 0) prepare_everything();
    if (!getpwnam(argv[4])) fail("getpwnam");
    int status;
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
        login(argv);
        _exit(0);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0) fail("the login process died");
}
#endif

// Starts this program again, under the name "login", and times it from outside.
int main(int argc, char **argv)
{
#ifdef AS_IN_SSHD
    if (argc == 2 && strcmp(argv[1], "--version") == 0) return puts(OpenSSL_version(OPENSSL_VERSION)) < 0;
#endif
    if (argc != 6) {
        fprintf(stderr, "usage: driver fresh|sshd|fetched CONFDIR SERVICE USER CODE\n");
        return 64;
    }
#ifdef AS_IN_SSHD
    if (strcmp(argv[0], "login") == 0) return login_as_in_sshd(argv), 0;
    if (strcmp(argv[1], "sshd") != 0 && strcmp(argv[1], "fetched") != 0) return 64;
#else
    if (strcmp(argv[0], "login") == 0) return login(argv), 0;
    if (strcmp(argv[1], "fresh") != 0) return 64;
#endif

    int out[2], status;
    if (pipe2(out, O_CLOEXEC) != 0) fail("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);

    char *args[] = {"login", argv[1], argv[2], argv[3], argv[4], argv[5], NULL};
    pid_t pid;
    int64_t begin = now_us();
    errno = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, args, environ);
    if (errno != 0) fail("posix_spawn");
    if (waitpid(pid, &status, 0) != pid) fail("waitpid");
    int64_t end = now_us();
    close(out[1]);
    if (status != 0) {
        fprintf(stderr, "driver: the login process ended with status %#x\n", status);
        return 70;
    }

    // Anything beside our one line was written by a module, which has no business on standard output.
    char line[256];
    ssize_t n = read(out[0], line, sizeof line - 1);
    if (n < 0) fail("read");
    line[n] = 0;
    int result, prompts;
    long long us;
    long kib;
    unsigned delay;
    int used = 0;
    if (sscanf(line, "%d %lld %ld %d %u%n", &result, &us, &kib, &prompts, &delay, &used) != 5 || used + 1 != n) {
        fprintf(stderr, "driver: unexpected output: %s\n", line);
        return 70;
    }
    printf("%d %lld %lld %ld %d %u\n", result, us, (long long)(end - begin), kib, prompts, delay);
    return 0;
}
