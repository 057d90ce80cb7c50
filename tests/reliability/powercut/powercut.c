/* powercut: a disk that keeps only what was fsynced.
 *
 * Preloaded into every process of a server (LD_PRELOAD). Below POWERCUT_ROOT it notes which bytes
 * were written, and copies them to POWERCUT_DISK only when fsync, fdatasync or O_SYNC promise that
 * they are durable:
 *
 *   POWERCUT_DISK/state          shared memory: what is dirty, and the plan of failures
 *   POWERCUT_DISK/inodes/<ino>   the content of a file as of its last fsync
 *   POWERCUT_DISK/dirs/<ino>     the name table of a directory as of its last fsync
 *   POWERCUT_DISK/pins/<ino>     names for what was unlinked, so that no inode number is used twice
 *
 * After SIGKILL, `disk.py` lays the data directory anew from these copies alone. The model is
 * pessimistic where POSIX promises nothing: a new, renamed or removed name counts from the fsync
 * of its directory, sync_file_range() and sync() keep nothing, and a failed fsync loses the
 * pages it should have written (as Linux does: the next fsync succeeds and keeps nothing).
 *
 * Writes through a shared mapping are not seen one by one: such a file is copied whole at fsync.
 * SQLite maps only its -shm file, which it rebuilds after a crash and never fsyncs.
 *
 * The same library fails the nth write, fsync or creation, or makes a write short (`struct plan`).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define SLOTS 65536u /* files one run may touch; disk.py has the same number */
#define END INT64_MAX

/* The layout is read and written by disk.py too: change both. */
enum { FAIL_WRITE = 1, FAIL_SYNC = 2, FAIL_CREATE = 4 };
struct plan {
    uint32_t kinds;     /* which calls count, a sum of the above; 0 = nothing fails */
    uint32_t error;     /* errno to answer with; 0 = the write is cut to half its length */
    uint64_t from;      /* the first call to fail, 1 = the next */
    uint64_t times;     /* how many fail, 0 = all from then on */
    uint64_t seen;      /* calls counted since the plan was laid */
    uint64_t failed;    /* calls failed since the plan was laid */
};
struct dirty {
    _Atomic uint64_t ino;
    int64_t from, to;   /* bytes [from, to) may differ from the kept copy; empty when from >= to */
    uint32_t opaque;    /* written through a mapping or stdio: copy all of it at fsync */
    uint32_t unused;
};
struct state {
    _Atomic uint32_t ready; /* 0 = fresh, 1 = being set up, 2 = in use */
    uint32_t unused;
    uint64_t syncs;         /* fsyncs kept so far, files and directories */
    struct plan plan;       /* at byte 16 */
    char gap[512 - 16 - sizeof(struct plan)];
    pthread_mutex_t lock;   /* at byte 512 */
    char gap2[3584 - sizeof(pthread_mutex_t)];
    struct dirty files[SLOTS]; /* at byte 4096 */
};

static struct state *state;
static char root[PATH_MAX], disk[PATH_MAX];
static size_t root_length;
static dev_t device;
static int really_sync;

#define REAL(name)                                                        \
    ({                                                                    \
        static __typeof__(&name) found;                                   \
        if (!found) found = (__typeof__(&name))dlsym(RTLD_NEXT, #name);   \
        found;                                                            \
    })

static void die(const char *why) {
    dprintf(2, "powercut: %s: %s\n", why, strerror(errno));
    abort();
}

/* ---- setting up, locking ------------------------------------------------------------------ */

/* Called by whoever learns of its disk only after it was loaded (tests/commands.py), too. */
EXPORT __attribute__((constructor)) void powercut_start(void) {
    const char *where = getenv("POWERCUT_ROOT"), *kept = getenv("POWERCUT_DISK");
    if (!where || !kept || state) return;
    struct stat about;
    if (!realpath(where, root) || !realpath(kept, disk) || stat(root, &about)) die("set-up");
    root_length = strlen(root);
    device = about.st_dev;
    really_sync = getenv("POWERCUT_REAL_SYNC") != NULL;
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/state", disk);
    int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) die("state");
    struct state *shared =
        REAL(mmap)(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) die("state");
    close(fd);
    uint32_t fresh = 0;
    if (atomic_compare_exchange_strong(&shared->ready, &fresh, 1)) {
        pthread_mutexattr_t how;
        pthread_mutexattr_init(&how);
        pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
        /* SIGKILL may find the holder anywhere; the next one carries on. */
        pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&shared->lock, &how);
        atomic_store(&shared->ready, 2);
    }
    while (atomic_load(&shared->ready) != 2) usleep(100);
    state = shared;
}

static void lock(void) {
    if (pthread_mutex_lock(&state->lock) == EOWNERDEAD) pthread_mutex_consistent(&state->lock);
}

static void unlock(void) {
    int error = errno;
    pthread_mutex_unlock(&state->lock);
    errno = error;
}

/* ---- which files are ours ------------------------------------------------------------------ */

static int is_below(const char *path) {
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static int fd_is_below(int fd) {
    char link[48], path[PATH_MAX + 1];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

/* By its text: the harness hands the server a data directory without symbolic links. */
static int name_is_below(int dirfd, const char *path) {
    char whole[2 * PATH_MAX + 2];
    if (!state || !path) return 0;
    if (path[0] == '/') return is_below(path);
    if (dirfd == AT_FDCWD) {
        if (!getcwd(whole, PATH_MAX)) return 0;
    } else {
        char link[48];
        snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
        ssize_t length = readlink(link, whole, PATH_MAX);
        if (length < 0) return 0;
        whole[length] = 0;
    }
    return is_below(whole);
}

static struct dirty *find(uint64_t ino) {
    for (uint32_t step = 0; step < SLOTS; step++) {
        struct dirty *file = &state->files[(ino + step) % SLOTS];
        uint64_t there = atomic_load(&file->ino);
        if (there == ino) return file;
        if (!there) return NULL;
    }
    return NULL;
}

static struct dirty *find_or_add(uint64_t ino) { /* under the lock */
    for (uint32_t step = 0; step < SLOTS; step++) {
        struct dirty *file = &state->files[(ino + step) % SLOTS];
        uint64_t there = atomic_load(&file->ino);
        if (there == ino) return file;
        if (there) continue;
        file->from = END;
        file->to = 0;
        file->opaque = 0;
        atomic_store(&file->ino, ino);
        return file;
    }
    die("more files than slots");
    return NULL;
}

static struct dirty *tracked(int fd) {
    struct stat about;
    int error = errno;
    struct dirty *file = NULL;
    if (state && !fstat(fd, &about) && S_ISREG(about.st_mode) && about.st_dev == device)
        file = find(about.st_ino);
    errno = error;
    return file;
}

static void soil(struct dirty *file, int64_t from, int64_t to) { /* under the lock */
    if (from < file->from) file->from = from;
    if (to > file->to) file->to = to;
}

/* ---- failures on purpose ------------------------------------------------------------------- */

/* Whether this call is to fail; errno is then set. `length` is halved for a short write. */
static int fails(uint32_t kind, size_t *length) {
    struct plan *plan = &state->plan;
    if (!(plan->kinds & kind)) return 0;
    int failed = 0;
    lock();
    uint64_t nth = ++plan->seen;
    if (nth >= plan->from && (!plan->times || nth < plan->from + plan->times)) {
        plan->failed++;
        if (plan->error) failed = (int)plan->error;
        else if (length && *length > 1) *length /= 2;
    }
    unlock();
    if (failed) errno = failed;
    return failed;
}

/* ---- keeping ------------------------------------------------------------------------------- */

/* SQLite's locks belong to the process and die with the first close of the file: so the file is
 * read through the caller's own descriptor, and opened again only if that one cannot read. */
static int keep_range(int fd, struct dirty *file, off_t size) {
    static char block[1 << 18]; /* under the lock */
    char path[PATH_MAX + 48];
    int source = fd;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        source = REAL(open)(path, O_RDONLY | O_CLOEXEC);
    }
    snprintf(path, sizeof path, "%s/inodes/%llu", disk, (unsigned long long)file->ino);
    int kept = REAL(open)(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (source < 0 || kept < 0) die("keep");
    int64_t at = file->opaque ? 0 : file->from, end = file->opaque ? size : file->to;
    if (end > size) end = size;
    while (at < end) {
        size_t want = end - at < (int64_t)sizeof block ? (size_t)(end - at) : sizeof block;
        ssize_t got = pread(source, block, want, at);
        if (got <= 0) break;
        if (REAL(pwrite)(kept, block, (size_t)got, at) != got) die("keep");
        at += got;
    }
    if (REAL(ftruncate)(kept, size)) die("keep");
    close(kept);
    if (source != fd) close(source);
    file->from = END;
    file->to = 0;
    state->syncs++;
    return 0;
}

static void keep_file(int fd) { /* under the lock */
    struct stat about;
    if (fstat(fd, &about)) return;
    struct dirty *file = find(about.st_ino);
    if (!file) { /* opened before us or behind our back: all of it counts */
        file = find_or_add(about.st_ino);
        soil(file, 0, END);
    }
    keep_range(fd, file, about.st_size);
}

static char type_of(mode_t mode) { return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : 'f'; }

static void keep_names(int fd, uint64_t ino) { /* under the lock: an older table never wins */
    char path[PATH_MAX + 48], fresh[PATH_MAX + 64];
    int again = REAL(openat)(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = again < 0 ? NULL : fdopendir(again);
    snprintf(path, sizeof path, "%s/dirs/%llu", disk, (unsigned long long)ino);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int out = REAL(open)(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (!names || out < 0) die("keep names");
    struct dirent *entry;
    while ((entry = readdir(names))) {
        struct stat about;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW)) continue;
        char line[NAME_MAX + 64];
        int length = snprintf(line, sizeof line, "%c %llu %s", type_of(about.st_mode),
                              (unsigned long long)about.st_ino, entry->d_name);
        if (REAL(write)(out, line, (size_t)length + 1) != length + 1) die("keep names");
    }
    close(out);
    closedir(names);
    if (REAL(rename)(fresh, path)) die("keep names");
    state->syncs++;
}

static int synced(int fd, int (*real)(int)) {
    struct stat about;
    if (!state || fstat(fd, &about) || about.st_dev != device) return real(fd);
    int is_dir = S_ISDIR(about.st_mode);
    if (!is_dir && !S_ISREG(about.st_mode)) return real(fd);
    struct dirty *file = is_dir ? NULL : find(about.st_ino);
    if (!file && !fd_is_below(fd)) return real(fd);
    if (fails(FAIL_SYNC, NULL)) {
        if (file) file->from = END, file->to = 0; /* the kernel forgets such pages: so do we */
        return -1;
    }
    lock();
    if (is_dir) keep_names(fd, about.st_ino);
    else keep_file(fd);
    unlock();
    return really_sync ? real(fd) : 0;
}

EXPORT int fsync(int fd) { return synced(fd, REAL(fsync)); }
EXPORT int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

EXPORT int sync_file_range(int fd, off64_t at, off64_t length, unsigned int how) {
    return REAL(sync_file_range)(fd, at, length, how);
}

/* ---- opening ------------------------------------------------------------------------------- */

static int opened(int fd, int flags, int opaque) {
    struct stat about;
    int error = errno;
    if (fd < 0 || !state || !(flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR))) return fd;
    if (!fstat(fd, &about) && S_ISREG(about.st_mode) && about.st_dev == device &&
        fd_is_below(fd)) {
        lock();
        struct dirty *file = find_or_add(about.st_ino);
        if (flags & O_TRUNC) soil(file, 0, END);
        if (opaque) file->opaque = 1;
        unlock();
    }
    errno = error;
    return fd;
}

static int creation_fails(int dirfd, const char *path, int flags) {
    return (flags & O_CREAT) && state && (state->plan.kinds & FAIL_CREATE) &&
           name_is_below(dirfd, path) && fails(FAIL_CREATE, NULL);
}

#define MODE_FROM_ARGUMENTS                          \
    mode_t mode = 0;                                 \
    if (flags & (O_CREAT | __O_TMPFILE)) {           \
        va_list rest;                                \
        va_start(rest, flags);                       \
        mode = va_arg(rest, mode_t);                 \
        va_end(rest);                                \
    }

EXPORT int open(const char *path, int flags, ...) {
    MODE_FROM_ARGUMENTS
    if (creation_fails(AT_FDCWD, path, flags)) return -1;
    return opened(REAL(open)(path, flags, mode), flags, 0);
}
EXPORT int open64(const char *path, int flags, ...) {
    MODE_FROM_ARGUMENTS
    if (creation_fails(AT_FDCWD, path, flags)) return -1;
    return opened(REAL(open64)(path, flags, mode), flags, 0);
}
EXPORT int openat(int dirfd, const char *path, int flags, ...) {
    MODE_FROM_ARGUMENTS
    if (creation_fails(dirfd, path, flags)) return -1;
    return opened(REAL(openat)(dirfd, path, flags, mode), flags, 0);
}
EXPORT int openat64(int dirfd, const char *path, int flags, ...) {
    MODE_FROM_ARGUMENTS
    if (creation_fails(dirfd, path, flags)) return -1;
    return opened(REAL(openat64)(dirfd, path, flags, mode), flags, 0);
}
EXPORT int creat(const char *path, mode_t mode) {
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
EXPORT int creat64(const char *path, mode_t mode) { return creat(path, mode); }

static FILE *opened_stream(FILE *stream, const char *mode) {
    if (stream && strpbrk(mode, "wa+"))
        opened(fileno(stream), O_CREAT | (mode[0] == 'w' ? O_TRUNC : 0), 1);
    return stream;
}
EXPORT FILE *fopen(const char *path, const char *mode) {
    return opened_stream(REAL(fopen)(path, mode), mode);
}
EXPORT FILE *fopen64(const char *path, const char *mode) {
    return opened_stream(REAL(fopen64)(path, mode), mode);
}

static void *mapped(void *address, int protection, int flags, int fd) {
    if (address == MAP_FAILED || fd < 0 || !(flags & MAP_SHARED) || !(protection & PROT_WRITE))
        return address;
    struct dirty *file = tracked(fd);
    if (file) file->opaque = 1;
    return address;
}
EXPORT void *mmap(void *hint, size_t length, int protection, int flags, int fd, off_t at) {
    return mapped(REAL(mmap)(hint, length, protection, flags, fd, at), protection, flags, fd);
}
EXPORT void *mmap64(void *hint, size_t length, int protection, int flags, int fd, off64_t at) {
    return mapped(REAL(mmap64)(hint, length, protection, flags, fd, at), protection, flags, fd);
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Noted after the write, never before: an fsync in between would call it kept too early. */
static ssize_t written(int fd, struct dirty *file, int64_t at, ssize_t length, int durable) {
    if (length <= 0) return length;
    lock();
    soil(file, at, at + length);
    if (durable || (fcntl(fd, F_GETFL) & (O_SYNC | O_DSYNC))) keep_file(fd);
    unlock();
    return length;
}

static ssize_t written_here(int fd, struct dirty *file, ssize_t length) {
    int error = errno;
    off_t end = lseek(fd, 0, SEEK_CUR);
    errno = error;
    return written(fd, file, end - (length > 0 ? length : 0), length, 0);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length) {
    struct dirty *file = tracked(fd);
    if (!file) return REAL(write)(fd, bytes, length);
    if (fails(FAIL_WRITE, &length)) return -1;
    return written_here(fd, file, REAL(write)(fd, bytes, length));
}
EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
    struct dirty *file = tracked(fd);
    if (!file) return REAL(writev)(fd, parts, count);
    if (fails(FAIL_WRITE, NULL)) return -1;
    return written_here(fd, file, REAL(writev)(fd, parts, count));
}
EXPORT ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    struct dirty *file = tracked(fd);
    if (!file) return REAL(pwrite)(fd, bytes, length, at);
    if (fails(FAIL_WRITE, &length)) return -1;
    return written(fd, file, at, REAL(pwrite)(fd, bytes, length, at), 0);
}
EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    struct dirty *file = tracked(fd);
    if (!file) return REAL(pwrite64)(fd, bytes, length, at);
    if (fails(FAIL_WRITE, &length)) return -1;
    return written(fd, file, at, REAL(pwrite64)(fd, bytes, length, at), 0);
}
EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    struct dirty *file = tracked(fd);
    if (!file) return REAL(pwritev)(fd, parts, count, at);
    if (fails(FAIL_WRITE, NULL)) return -1;
    return written(fd, file, at, REAL(pwritev)(fd, parts, count, at), 0);
}
EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return pwritev(fd, parts, count, at);
}
EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t at, int how) {
    struct dirty *file = tracked(fd);
    if (!file) return REAL(pwritev2)(fd, parts, count, at, how);
    if (fails(FAIL_WRITE, NULL)) return -1;
    ssize_t length = REAL(pwritev2)(fd, parts, count, at, how);
    if (at == -1) return written_here(fd, file, length);
    return written(fd, file, at, length, how & (RWF_SYNC | RWF_DSYNC));
}
EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t at, int how) {
    return pwritev2(fd, parts, count, at, how);
}

/* Copies inside the kernel: where they landed is not worth working out, all of it is dirty. */
static ssize_t landed(int fd, ssize_t length) {
    struct dirty *file = length > 0 ? tracked(fd) : NULL;
    return file ? (written(fd, file, 0, END, 0), length) : length;
}
EXPORT ssize_t sendfile(int out, int in, off_t *at, size_t length) {
    if (tracked(out) && fails(FAIL_WRITE, &length)) return -1;
    return landed(out, REAL(sendfile)(out, in, at, length));
}
EXPORT ssize_t sendfile64(int out, int in, off64_t *at, size_t length) {
    if (tracked(out) && fails(FAIL_WRITE, &length)) return -1;
    return landed(out, REAL(sendfile64)(out, in, at, length));
}
EXPORT ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *at, size_t length,
                               unsigned int how) {
    if (tracked(out) && fails(FAIL_WRITE, &length)) return -1;
    return landed(out, REAL(copy_file_range)(in, from, out, at, length, how));
}

static int resized(int fd, int64_t at, int answer) {
    struct dirty *file = answer ? NULL : tracked(fd);
    if (!file) return answer;
    lock();
    soil(file, at, END);
    unlock();
    return answer;
}
EXPORT int ftruncate(int fd, off_t size) {
    if (tracked(fd) && fails(FAIL_WRITE, NULL)) return -1;
    struct stat before;
    int64_t at = fstat(fd, &before) || before.st_size > size ? size : before.st_size;
    return resized(fd, at, REAL(ftruncate)(fd, size));
}
EXPORT int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
EXPORT int truncate(const char *path, off_t size) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    int answer = ftruncate(fd, size), error = errno;
    close(fd);
    errno = error;
    return answer;
}
EXPORT int truncate64(const char *path, off64_t size) { return truncate(path, size); }
EXPORT int fallocate(int fd, int how, off_t at, off_t length) {
    if (tracked(fd) && fails(FAIL_WRITE, NULL)) return -1;
    return resized(fd, 0, REAL(fallocate)(fd, how, at, length));
}
EXPORT int fallocate64(int fd, int how, off64_t at, off64_t length) {
    return fallocate(fd, how, at, length);
}
EXPORT int posix_fallocate(int fd, off_t at, off_t length) {
    if (tracked(fd) && fails(FAIL_WRITE, NULL)) return errno;
    return resized(fd, 0, REAL(posix_fallocate)(fd, at, length));
}
EXPORT int posix_fallocate64(int fd, off64_t at, off64_t length) {
    return posix_fallocate(fd, at, length);
}

/* ---- names: only pinned here; they count when their directory is fsynced ------------------- */

static void pin(int dirfd, const char *path) {
    struct stat about;
    char keep[PATH_MAX + 48];
    int error = errno;
    if (!fstatat(dirfd, path, &about, AT_SYMLINK_NOFOLLOW) && S_ISREG(about.st_mode)) {
        snprintf(keep, sizeof keep, "%s/pins/%llu", disk, (unsigned long long)about.st_ino);
        REAL(linkat)(dirfd, path, AT_FDCWD, keep, 0);
    }
    errno = error;
}

static int is_empty(int dirfd, const char *path) {
    int fd = REAL(openat)(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd < 0 ? NULL : fdopendir(fd);
    if (!names) return 0;
    int count = 0;
    while (readdir(names)) count++;
    closedir(names);
    return count <= 2;
}

static int remove_directory(int dirfd, const char *path) {
    struct stat about;
    char keep[PATH_MAX + 48];
    if (fstatat(dirfd, path, &about, AT_SYMLINK_NOFOLLOW)) return -1;
    if (!S_ISDIR(about.st_mode)) return errno = ENOTDIR, -1;
    if (!is_empty(dirfd, path)) return errno = ENOTEMPTY, -1;
    snprintf(keep, sizeof keep, "%s/pins/d%llu", disk, (unsigned long long)about.st_ino);
    return REAL(renameat)(dirfd, path, AT_FDCWD, keep);
}

EXPORT int unlink(const char *path) {
    if (name_is_below(AT_FDCWD, path)) pin(AT_FDCWD, path);
    return REAL(unlink)(path);
}
EXPORT int rmdir(const char *path) {
    if (name_is_below(AT_FDCWD, path)) return remove_directory(AT_FDCWD, path);
    return REAL(rmdir)(path);
}
EXPORT int unlinkat(int dirfd, const char *path, int flags) {
    if (!name_is_below(dirfd, path)) return REAL(unlinkat)(dirfd, path, flags);
    if (flags & AT_REMOVEDIR) return remove_directory(dirfd, path);
    pin(dirfd, path);
    return REAL(unlinkat)(dirfd, path, flags);
}
EXPORT int remove(const char *path) {
    struct stat about;
    if (!lstat(path, &about) && S_ISDIR(about.st_mode)) return rmdir(path);
    return unlink(path);
}

/* What enters the tree without open(), such as a file renamed into it, is tracked from here. */
static int named(int dirfd, const char *path, int answer) {
    struct stat about;
    if (!answer && !fstatat(dirfd, path, &about, AT_SYMLINK_NOFOLLOW) &&
        S_ISREG(about.st_mode) && about.st_dev == device && !find(about.st_ino)) {
        lock();
        soil(find_or_add(about.st_ino), 0, END);
        unlock();
    }
    return answer;
}
static int renaming(int dirfd, const char *path) {
    if (!name_is_below(dirfd, path)) return 0;
    if (fails(FAIL_CREATE, NULL)) return -1;
    pin(dirfd, path);
    return 1;
}
EXPORT int rename(const char *old, const char *fresh) {
    int ours = renaming(AT_FDCWD, fresh);
    if (ours < 0) return -1;
    int answer = REAL(rename)(old, fresh);
    return ours ? named(AT_FDCWD, fresh, answer) : answer;
}
EXPORT int renameat(int from, const char *old, int to, const char *fresh) {
    int ours = renaming(to, fresh);
    if (ours < 0) return -1;
    int answer = REAL(renameat)(from, old, to, fresh);
    return ours ? named(to, fresh, answer) : answer;
}
EXPORT int renameat2(int from, const char *old, int to, const char *fresh, unsigned int how) {
    int ours = renaming(to, fresh);
    if (ours < 0) return -1;
    int answer = REAL(renameat2)(from, old, to, fresh, how);
    return ours ? named(to, fresh, answer) : answer;
}
EXPORT int link(const char *old, const char *fresh) {
    int ours = name_is_below(AT_FDCWD, fresh);
    if (ours && fails(FAIL_CREATE, NULL)) return -1;
    int answer = REAL(link)(old, fresh);
    return ours ? named(AT_FDCWD, fresh, answer) : answer;
}
EXPORT int linkat(int from, const char *old, int to, const char *fresh, int how) {
    int ours = name_is_below(to, fresh);
    if (ours && fails(FAIL_CREATE, NULL)) return -1;
    int answer = REAL(linkat)(from, old, to, fresh, how);
    return ours ? named(to, fresh, answer) : answer;
}
EXPORT int mkdir(const char *path, mode_t mode) {
    if (name_is_below(AT_FDCWD, path) && fails(FAIL_CREATE, NULL)) return -1;
    return REAL(mkdir)(path, mode);
}
EXPORT int mkdirat(int dirfd, const char *path, mode_t mode) {
    if (name_is_below(dirfd, path) && fails(FAIL_CREATE, NULL)) return -1;
    return REAL(mkdirat)(dirfd, path, mode);
}
