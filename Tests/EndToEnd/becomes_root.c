// A setuid program that becomes root altogether before it authenticates, as some do: becomes_root CONFDIR SERVICE USER ANSWER
// Its exit status is what pam_authenticate returned.
#define _GNU_SOURCE
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int converse(int count, const struct pam_message **messages, struct pam_response **out, void *answer) {
    struct pam_response *replies = calloc((size_t)count, sizeof *replies);
    for (int index = 0; replies && index < count; index++)
        if (messages[index]->msg_style == PAM_PROMPT_ECHO_OFF) replies[index].resp = strdup(answer);
    *out = replies;
    return replies ? PAM_SUCCESS : PAM_BUF_ERR;
}

int main(int count, char **arguments) {
    if (count != 5 || setuid(0) != 0 || getuid() != 0) return 70;
    struct pam_conv conversation = {converse, arguments[4]};
    pam_handle_t *handle;
    if (pam_start_confdir(arguments[2], arguments[3], &conversation, arguments[1], &handle) != PAM_SUCCESS) return 71;
    int status = pam_authenticate(handle, 0);
    pam_end(handle, status);
    return status;
}
