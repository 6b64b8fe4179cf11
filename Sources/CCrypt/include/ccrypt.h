// crypt(3) from libxcrypt: bcrypt ($2b$) and its salts.
#ifndef TWOSTEP_CCRYPT_H
#define TWOSTEP_CCRYPT_H

#include <crypt.h>

#endif
