"""The real libpam, called through ctypes: declarations and nothing else."""

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_void_p

# Return codes, /usr/include/security/_pam_types.h.
SUCCESS = 0
SERVICE_ERR = 3
SYSTEM_ERR = 4
BUF_ERR = 5
PERM_DENIED = 6
AUTH_ERR = 7
AUTHINFO_UNAVAIL = 9
USER_UNKNOWN = 10
MAXTRIES = 11
CONV_ERR = 19
IGNORE = 25
ABORT = 26
MODULE_UNKNOWN = 28
CONV_AGAIN = 30

NAMES = {value: "PAM_" + name for name, value in list(globals().items())
         if name.isupper() and isinstance(value, int)}

# Message styles.
PROMPT_ECHO_OFF = 1
PROMPT_ECHO_ON = 2
ERROR_MSG = 3
TEXT_INFO = 4

# Items.
ITEMS = {"service": 1, "user": 2, "tty": 3, "rhost": 4, "authtok": 6, "ruser": 8, "user_prompt": 9}
FAIL_DELAY = 10

# Flags.
SILENT = 0x8000
DISALLOW_NULL_AUTHTOK = 0x1
ESTABLISH_CRED = 0x2

MAX_MSG_SIZE = 512
MAX_RESP_SIZE = 512


class Message(Structure):
    _fields_ = [("style", c_int), ("text", c_char_p)]


class Response(Structure):
    _fields_ = [("text", c_void_p), ("retcode", c_int)]


ConversationFunction = CFUNCTYPE(
    c_int, c_int, POINTER(POINTER(Message)), POINTER(POINTER(Response)), c_void_p)
DelayFunction = CFUNCTYPE(None, c_int, ctypes.c_uint, c_void_p)


class Conversation(Structure):
    _fields_ = [("function", ConversationFunction), ("data", c_void_p)]


pam = ctypes.CDLL("libpam.so.0")
libc = ctypes.CDLL(None)
libc.calloc.restype = c_void_p
libc.calloc.argtypes = [c_size_t, c_size_t]
libc.malloc.restype = c_void_p
libc.malloc.argtypes = [c_size_t]

pam.pam_start_confdir.argtypes = [
    c_char_p, c_char_p, POINTER(Conversation), c_char_p, POINTER(c_void_p)]
pam.pam_set_item.argtypes = [c_void_p, c_int, c_void_p]
pam.pam_get_item.argtypes = [c_void_p, c_int, POINTER(c_void_p)]
pam.pam_putenv.argtypes = [c_void_p, c_char_p]
pam.pam_end.argtypes = [c_void_p, c_int]
for name in ("authenticate", "setcred", "acct_mgmt", "open_session", "close_session", "chauthtok"):
    getattr(pam, "pam_" + name).argtypes = [c_void_p, c_int]


def allocated(data):
    """A C string with `data` and a terminating NUL in memory that libpam may free."""
    memory = libc.malloc(len(data) + 1)
    ctypes.memmove(memory, data + b"\0", len(data) + 1)
    return memory


def start(service, user, confdir, conversation):
    """pam_start_confdir: the handle, or an exception naming the code."""
    handle = c_void_p()
    code = pam.pam_start_confdir(
        service.encode(), user, byref(conversation), str(confdir).encode(), byref(handle))
    if code != SUCCESS:
        raise RuntimeError(f"pam_start_confdir said {NAMES.get(code, code)}")
    return handle


def set_text_item(handle, name, value):
    code = pam.pam_set_item(handle, ITEMS[name], ctypes.cast(c_char_p(value), c_void_p))
    if code != SUCCESS:
        raise RuntimeError(f"pam_set_item({name}) said {NAMES.get(code, code)}")


def put_environment(handle, name, value):
    """Sets a variable of the PAM environment, as sshd does; `value` is bytes."""
    code = pam.pam_putenv(handle, name.encode() + b"=" + value)
    if code != SUCCESS:
        raise RuntimeError(f"pam_putenv({name}) said {NAMES.get(code, code)}")


def get_text_item(handle, name):
    pointer = c_void_p()
    code = pam.pam_get_item(handle, ITEMS[name], byref(pointer))
    if code != SUCCESS or not pointer.value:
        return None
    return ctypes.string_at(pointer.value)
