// libpng: pictures of QR codes in files (the tool only, never the module or the service).
#ifndef TWOSTEP_CPNG_H
#define TWOSTEP_CPNG_H

#include <png.h>

// Writes a picture of one byte for each pixel, 0 for black to 255 for white, as PNG to `file`, which has room for `*size`
// bytes; `*size` becomes how many there are. With no `file` it is only counted. 0 where libpng cannot.
static inline int twostep_png_gray(const unsigned char *pixels, unsigned width, unsigned height, unsigned char *file,
                                   size_t *size) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_GRAY};
    png_alloc_size_t count = *size;
    int done = png_image_write_to_memory(&image, file, &count, 0, pixels, 0, NULL);
    png_image_free(&image);
    *size = count;
    return done;
}

#endif
