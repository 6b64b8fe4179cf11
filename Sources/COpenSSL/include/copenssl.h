// The part of libcrypto that Twostep uses (OpenSSL 3.0), and functions for what is a macro there.
#ifndef TWOSTEP_COPENSSL_H
#define TWOSTEP_COPENSSL_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

// Parameter lists are built here, where their names are string literals: a C string macro reaches Swift as a temporary
// copy, and libcrypto keeps the pointer.
static inline int twostep_mac_init(EVP_MAC_CTX *context, int hash, const unsigned char *key, size_t key_size) {
    char *name = hash == 1 ? "SHA1" : hash == 2 ? "SHA256" : "SHA512";
    const OSSL_PARAM list[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(context, key, key_size, list);
}

static inline int twostep_hkdf_expand(EVP_KDF_CTX *context, const unsigned char *key, size_t key_size,
                                      const unsigned char *info, size_t info_size, unsigned char *out,
                                      size_t out_size) {
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    const OSSL_PARAM list[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_size),
        OSSL_PARAM_construct_end(),
    };
    return EVP_KDF_derive(context, out, out_size, list);
}

static inline int twostep_set_nonce_length(EVP_CIPHER_CTX *context, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, length, NULL);
}
static inline int twostep_get_tag(EVP_CIPHER_CTX *context, void *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}
static inline int twostep_set_tag(EVP_CIPHER_CTX *context, const void *tag, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, (void *)tag);
}

#endif
