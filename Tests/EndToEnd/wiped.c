// An application on PAM that looks for secrets in its own memory.
//
//   wiped CONFDIR SERVICE USER ANSWER[,ANSWER]... [NAME=BYTES]...
//
// Authenticates USER, who gives one ANSWER after the other, the last of them to every further question, and prints what
// pam_authenticate returned and
//   freed COUNT dirty COUNT    the answers that were freed, and how many of them still held something
//   found NAME                 for each of the BYTES that stand in writable memory after pam_end
// ANSWER and BYTES are in hexadecimal, each byte XORed with 0xA5, and are kept so: nothing here holds them in clear
// but the answers themselves.
#define _GNU_SOURCE
#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MASK = 0xA5, LONGEST = 4096, ANSWERS = 8, CHUNK = 1 << 16 };

static struct {
    unsigned char text[LONGEST];
    size_t length;
} answers[ANSWERS];
static volatile unsigned char *given[ANSWERS];
static size_t lengths[ANSWERS];
static unsigned known, count, freed, dirty;

static size_t unhex(const char *text, unsigned char *bytes) {
    size_t length = 0;
    unsigned value;
    for (; length < LONGEST && sscanf(text + 2 * length, "%2x", &value) == 1; length++) bytes[length] = (unsigned char)value;
    return length;
}

// Stands before libc's for everything in this process.
extern void __libc_free(void *);
void free(void *memory) {
    for (unsigned index = 0; memory && index < count; index++) {
        if (given[index] != memory) continue;
        int left = 0;
        for (size_t at = 0; at < lengths[index]; at++) left |= given[index][at];
        freed++;
        dirty += left != 0;
        given[index] = NULL;
    }
    __libc_free(memory);
}

static int converse(int messages, const struct pam_message **message, struct pam_response **responses, void *data) {
    (void)data;
    struct pam_response *replies = calloc((size_t)messages, sizeof *replies);
    for (int index = 0; index < messages; index++) {
        int style = message[index]->msg_style;
        if (style != PAM_PROMPT_ECHO_OFF && style != PAM_PROMPT_ECHO_ON) continue;
        if (count == ANSWERS) abort();
        unsigned which = count < known ? count : known - 1;
        size_t length = answers[which].length;
        unsigned char *text = malloc(length + 1);
        for (size_t at = 0; at < length; at++) text[at] = answers[which].text[at] ^ MASK;
        text[length] = 0;
        lengths[count] = length;
        given[count++] = text;
        replies[index].resp = (char *)text;
    }
    *responses = replies;
    return PAM_SUCCESS;
}

static int stands(const unsigned char *memory, size_t size, const unsigned char *masked, size_t length) {
    for (size_t start = 0; start + length <= size; start++) {
        size_t at = 0;
        while (at < length && (memory[start + at] ^ MASK) == masked[at]) at++;
        if (at == length) return 1;
    }
    return 0;
}

// Whether the bytes stand anywhere in this process's writable memory, but for `window`, through which it is read.
static int found(const unsigned char *masked, size_t length) {
    static unsigned char window[CHUNK + LONGEST];
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), is_found = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512], rights[8];
    unsigned long low, high;
    if (memory < 0 || !maps) abort();
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &low, &high, rights) != 3 || rights[1] != 'w') continue;
        for (unsigned long place = low; place < high && !is_found; place += CHUNK) {
            size_t wanted = high - place < sizeof window ? high - place : sizeof window;
            memset(window, 0, sizeof window);
            ssize_t got = pread(memory, window, wanted, (off_t)place);
            if (got < 0) abort();
            is_found = stands(window, (size_t)got, masked, length);
        }
    }
    memset(window, 0, sizeof window);
    fclose(maps);
    close(memory);
    return is_found;
}

int main(int argc, char **argv) {
    struct pam_conv conversation = {converse, NULL};
    pam_handle_t *pam = NULL;
    if (argc < 5) return 64;
    for (char *word = strtok(argv[4], ","); word && known < ANSWERS; word = strtok(NULL, ","), known++)
        answers[known].length = unhex(word, answers[known].text);
    if (known == 0) return 64;
    if (pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pam) != PAM_SUCCESS) return 70;
    int status = pam_authenticate(pam, 0);
    if (pam_end(pam, status) != PAM_SUCCESS) return 70;
    printf("returned %d\nfreed %u dirty %u\n", status, freed, dirty);
    for (int index = 5; index < argc; index++) {
        unsigned char masked[LONGEST];
        char *bytes = strchr(argv[index], '=');
        if (!bytes) return 64;
        size_t length = unhex(bytes + 1, masked);
        if (found(masked, length)) printf("found %.*s\n", (int)(bytes - argv[index]), argv[index]);
    }
    return 0;
}
