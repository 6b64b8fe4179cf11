// What doctor looks at, beside reading files: the kernel's clock discipline, and where a file lies.
#include "clinux.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

int twostep_clock_is_free(void) {
    struct timex clock = {0};
    int state = adjtimex(&clock);
    return state < 0 ? -1 : state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0;
}

int twostep_look_at_disk(int number, struct twostep_disk *disk) {
    struct statfs found;
    int flags = 0;
    if (fstatfs(number, &found) != 0) return -1;
    disk->kind = (uint64_t)found.f_type & 0xFFFFFFFF;
    disk->free = (uint64_t)found.f_bfree * (uint64_t)found.f_bsize;
    disk->read_only = (found.f_flags & ST_RDONLY) != 0;
    disk->not_copied = ioctl(number, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_NOCOW_FL) != 0;
    return 0;
}

int twostep_hears_datagrams(const char *path) {
    struct sockaddr_un address;
    int number = twostep_socket(SOCK_DGRAM | SOCK_CLOEXEC, path, &address);
    if (number < 0) return -1;
    int hears = connect(number, (struct sockaddr *)&address, sizeof address) == 0;
    close(number);
    return hears;
}

int twostep_open_scratch(int folder) { return openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int twostep_first_place(int number, uint64_t *place) {
    union {
        struct fiemap map;
        char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
    } ask = {.map = {.fm_length = 1, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 1}};
    if (ioctl(number, FS_IOC_FIEMAP, &ask.map) != 0) return -1;
    const uint32_t nowhere = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_DATA_INLINE;
    if (ask.map.fm_mapped_extents != 1 || (ask.map.fm_extents[0].fe_flags & nowhere) != 0) {
        errno = ENODATA;
        return -1;
    }
    *place = ask.map.fm_extents[0].fe_physical;
    return 0;
}
