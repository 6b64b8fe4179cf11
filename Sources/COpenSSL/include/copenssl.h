// The part of libcrypto that Twostep uses (OpenSSL 3.0), and functions for what is a macro there.
#ifndef TWOSTEP_COPENSSL_H
#define TWOSTEP_COPENSSL_H

// HMAC_CTX is marked as deprecated since OpenSSL 3.0, and is what its HMAC is made of: docs/adr/0004-libcrypto.md says
// why it is used.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static inline int twostep_get_tag(EVP_CIPHER_CTX *context, void *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}
static inline int twostep_set_tag(EVP_CIPHER_CTX *context, const void *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, (void *)tag);
}

static inline int twostep_decrypt_final(EVP_CIPHER_CTX *context) {
    unsigned char nothing[EVP_MAX_BLOCK_LENGTH];
    int count = 0;
    return EVP_DecryptFinal_ex(context, nothing, &count);
}

#endif
