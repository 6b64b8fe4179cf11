// A PAM module that behaves as no guest should, in the way that its first argument names: what the tests that watch a
// guest must see. It says PAM_IGNORE, so that the other modules of the stack decide.
#define _GNU_SOURCE
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <syslog.h>
#include <unistd.h>
#include <dlfcn.h>

// As a thread: code of libc, which stays when this module is unloaded.
#define PAUSE ((void *(*)(void *))(void *)pause)

static void once(const char *fault, const char *with) {
    static pthread_t thread;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMAX);
    if (strcmp(fault, "descriptor") == 0) (void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
    else if (strcmp(fault, "inherited-descriptor") == 0) (void)!open("/dev/null", O_RDONLY);
    else if (strcmp(fault, "umask") == 0) umask(0177);
    else if (strcmp(fault, "folder") == 0) (void)!chdir("/");
    else if (strcmp(fault, "locale") == 0) setlocale(LC_ALL, "C.UTF-8");
    else if (strcmp(fault, "handler") == 0) signal(SIGRTMIN + 7, SIG_IGN);
    else if (strcmp(fault, "default-handler") == 0) signal(SIGPIPE, SIG_DFL);
    else if (strcmp(fault, "mask") == 0) sigprocmask(SIG_BLOCK, &set, NULL);
    else if (strcmp(fault, "unmask") == 0) sigprocmask(SIG_SETMASK, &(sigset_t){0}, NULL);
    else if (strcmp(fault, "variable") == 0) setenv("RUDE", "yes", 1);
    else if (strcmp(fault, "limit") == 0) setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    else if (strcmp(fault, "undumpable") == 0) prctl(PR_SET_DUMPABLE, 0);
    else if (strcmp(fault, "alarm") == 0) alarm(1000);
    else if (strcmp(fault, "rounding") == 0) fesetround(FE_DOWNWARD);
    else if (strcmp(fault, "thread") == 0) pthread_create(&thread, NULL, PAUSE, NULL);
    else if (strcmp(fault, "child") == 0) { if (fork() == 0) _exit(0); }
    else if (strcmp(fault, "id") == 0) (void)!setegid(12345);
    else if (strcmp(fault, "stays") == 0) (void)dlopen(with, RTLD_NOW | RTLD_NODELETE);
    else if (strcmp(fault, "memory") == 0) (void)!strdup("");
    else if (strcmp(fault, "output") == 0) (void)!write(1, "x", 1);
    else if (strcmp(fault, "error-output") == 0) (void)!write(2, "x", 1);
    else abort();
}

int pam_sm_authenticate(pam_handle_t *pam, int flags, int count, const char **arguments) {
    (void)pam, (void)flags;
    if (count > 0) once(arguments[0], count > 1 ? arguments[1] : NULL);
    return PAM_IGNORE;
}

int pam_sm_setcred(pam_handle_t *pam, int flags, int count, const char **arguments) {
    (void)pam, (void)flags, (void)count, (void)arguments;
    return PAM_SUCCESS;
}
