// An application on PAM that watches its guest.
//
//   guest REPORT CONFDIR [state] [memory=N] [together] [loaded=FILE] [closed=DIGITS] [unusual]
//         [locale=NAME] <SCRIPT
//
// Each line of the script, "SERVICE<tab>USER<tab>ANSWER", is one authentication on a handle of its own, one after the
// other in this process. ANSWER may be "-" (the conversation fails) or begin with ">" (while it is asked, the next line
// is done first, on a second handle). What is seen goes to the file REPORT, in lines of words separated by tabs:
//
//   done N CODE QUESTIONS       what authentication N returned, and how often something was asked
//   mapped N WHAT MAPPINGS      after pam_end: "yes" or "no", whether the module is in memory; mappings in all
//   memory N HEAP RSS           after every N-th: bytes in use, and KiB resident          (memory=N)
//   during N NAME VALUE         what differs while the question is asked, before or then   (state)
//   after N NAME VALUE          what differs after pam_end, before or then                 (state)
//
//   together        two threads, lines 0, 2, 4... and 1, 3, 5...; each waits at its question for the other
//   loaded=FILE     this module stays loaded from the start to the end
//   closed=DIGITS   these descriptors are closed first
//   unusual         nothing is as it is by default first: signals, umask, limits, timers, rounding
//   locale=NAME     setlocale(LC_ALL, NAME) first
#define _GNU_SOURCE
#include "process_state.h"
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <sys/stat.h>
#include <syslog.h>

enum { LINES = 4096, TEXT = 1 << 20, REPORT = 200 };
static char script[TEXT];
static struct line { char *service, *user, *answer; } lines[LINES];
static int count, watching, together, memory_every;
static const char *confdir;
static pthread_barrier_t meeting;

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...) {
    char text[1024];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (length < 0) abort();
    if (length >= (int)sizeof text) length = (int)sizeof text - 1, text[length - 1] = '\n';
    if (write(REPORT, text, (size_t)length) != length) abort();
}

static const char *moment;
static int moment_line;
static void say_difference(const char *line, size_t length) {
    say("%s\t%d\t%.*s\n", moment, moment_line, (int)length, line);
}

static void say_differences(const char *when, int line, const struct state *before) {
    static struct state now;
    take(&now);
    moment = when, moment_line = line;
    compare(before, &now, say_difference);
}

static void say_mapped(int line) {
    static char maps[1 << 20];
    size_t mappings = 0;
    slurp("/proc/self/maps", maps, sizeof maps);
    for (char *at = maps; (at = strchr(at, '\n')); at++) mappings++;
    say("mapped\t%d\t%s\t%zu\n", line, strstr(maps, "/pam_twostep.so") ? "yes" : "no", mappings);
}

static void say_memory(int line) {
    static char status[8192];
    slurp("/proc/self/status", status, sizeof status);
    struct mallinfo2 heap = mallinfo2();
    say("memory\t%d\t%zu\t%ld\n", line, heap.uordblks + heap.hblkhd, atol(strstr(status, "VmRSS:") + 6));
}

struct login { int line, asked; const struct state *before; };
static void authenticate(int line);

static int converse(int messages, const struct pam_message **message, struct pam_response **responses, void *data) {
    struct login *login = data;
    const char *answer = lines[login->line].answer;
    struct pam_response *replies = calloc((size_t)messages, sizeof *replies);
    for (int index = 0; index < messages; index++) {
        int style = message[index]->msg_style;
        if (style != PAM_PROMPT_ECHO_OFF && style != PAM_PROMPT_ECHO_ON) continue;
        login->asked++;
        if (login->before) say_differences("during", login->line, login->before);
        if (together) pthread_barrier_wait(&meeting);
        if (answer[0] == '>') {
            if (login->line + 1 >= count) abort();
            authenticate(login->line + 1);
            answer++;
        }
        if (strcmp(answer, "-") == 0) {
            free(replies);
            return PAM_CONV_ERR;
        }
        replies[index].resp = strdup(answer);
    }
    *responses = replies;
    return PAM_SUCCESS;
}

static void no_delay(int status, unsigned delay, void *data) { (void)status, (void)delay, (void)data; }

static void authenticate(int line) {
    static struct state befores[2];
    static int depth;
    struct login login = {line, 0, NULL};
    struct pam_conv conversation = {converse, &login};
    pam_handle_t *pam = NULL;
    if (watching) {
        if (depth == 2) abort();
        login.before = &befores[depth];
        take(&befores[depth++]);
    }
    if (pam_start_confdir(lines[line].service, lines[line].user, &conversation, confdir, &pam) != PAM_SUCCESS) abort();
    if (pam_set_item(pam, PAM_FAIL_DELAY, (const void *)no_delay) != PAM_SUCCESS) abort();
    int code = pam_authenticate(pam, 0);
    if (pam_end(pam, code) != PAM_SUCCESS) abort();
    say("done\t%d\t%d\t%d\n", line, code, login.asked);
    if (watching) say_differences("after", line, &befores[--depth]);
}

static void *every_second(void *first) {
    for (int line = *(int *)first; line < count; line += 2) authenticate(line);
    return NULL;
}

static void one_after_the_other(void) {
    for (int line = 0, next; line < count; line = next) {
        for (next = line + 1; lines[next - 1].answer[0] == '>'; next++) {}      // those within are done there
        authenticate(line);
        if (memory_every && next % memory_every == 0) say_memory(next);
        say_mapped(line);
    }
}

static void handle(int number) { (void)number; }

static void be_unusual(void) {
    static char stack[1 << 16];
    sigset_t blocked;
    umask(0);
    for (int number = 1; number <= 64; number++) {
        struct sigaction action = {.sa_flags = number % 2 ? SA_RESTART : SA_NODEFER | SA_ONSTACK};
        if (number % 3 == 0) action.sa_handler = SIG_IGN;
        if (number % 3 == 1) action.sa_handler = handle;
        sigaddset(&action.sa_mask, 64 - number / 2);
        sigaction(number, &action, NULL);       // which fails for those that nobody may set
    }
    sigemptyset(&blocked);
    for (int number = 1; number <= 64; number += 5) sigaddset(&blocked, number);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){{7, 0}, {100000, 0}}, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){4096, 1 << 20});
    setpriority(PRIO_PROCESS, 0, 3);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_DUMPABLE, 0);
    fesetround(FE_UPWARD);
}

static void read_script(void) {
    size_t length = fread(script, 1, TEXT - 1, stdin);
    if (length == TEXT - 1) abort();
    for (char *rest = script, *line; (line = strsep(&rest, "\n")) && *line; count++) {
        if (count == LINES) abort();
        lines[count].service = strsep(&line, "\t");
        lines[count].user = strsep(&line, "\t");
        lines[count].answer = line;
        if (!line) abort();
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    int report = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (report < 0 || dup3(report, REPORT, O_CLOEXEC) != REPORT || close(report) != 0) return 73;
    confdir = argv[2];
    read_script();
    syslog(LOG_AUTHPRIV | LOG_DEBUG, "end-to-end-mark: a guest is watched");   // opens the log's descriptor
    for (int index = 3; index < argc; index++) {
        const char *option = argv[index], *value = strchr(option, '=');
        if (strcmp(option, "state") == 0) watching = 1;
        else if (strcmp(option, "together") == 0) together = 1;
        else if (strcmp(option, "unusual") == 0) be_unusual();
        else if (strncmp(option, "memory=", 7) == 0) memory_every = atoi(value + 1);
        else if (strncmp(option, "closed=", 7) == 0) {
            for (const char *digit = value + 1; *digit; digit++) if (close(*digit - '0') != 0) return 71;
        } else if (strncmp(option, "loaded=", 7) == 0) {
            if (!dlopen(value + 1, RTLD_NOW)) return 74;
        } else if (strncmp(option, "locale=", 7) == 0) {
            if (!setlocale(LC_ALL, value + 1)) return 72;
        } else return 64;
    }
    if (!together) {
        one_after_the_other();
        return 0;
    }
    pthread_t threads[2];
    int first[2] = {0, 1};
    static struct state before;
    pthread_barrier_init(&meeting, NULL, 2);
    // The first thread of a process has libc set a signal of its own.
    int none = count;
    if (pthread_create(&threads[0], NULL, every_second, &none) || pthread_join(threads[0], NULL)) abort();
    take(&before);
    for (int index = 0; index < 2; index++) {
        if (pthread_create(&threads[index], NULL, every_second, &first[index])) abort();
    }
    for (int index = 0; index < 2; index++) pthread_join(threads[index], NULL);
    say_differences("after", count, &before);
    say_mapped(count);
    return 0;
}
