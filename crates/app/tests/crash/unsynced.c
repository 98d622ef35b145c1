/* A disk that forgets: at the write with number CANDOR_KILL_AT_WRITE below the folder
 * CANDOR_KILL_BELOW, everything that was not synced is taken back, and the process is killed.
 *
 * Loaded by LD_PRELOAD into a process that has the folder's files for itself. Each write is
 * noted with the bytes that it replaced; a sync forgets the notes of its file.
 *
 * A database on a server has its own disk. There the process is killed at a moment with number
 * CANDOR_KILL_AT_MOMENT: there is one before each message that it sends over TCP, and one after
 * it, before it hears the answer.
 *
 * A process that ends by itself writes the number of both into the file CANDOR_COUNT_INTO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct note {
    struct note *before;
    dev_t dev;
    ino_t ino;
    int fd; /* a duplicate, never closed: closing one would drop the process's locks */
    off_t at, length;
    size_t count;
    char bytes[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct note *notes;
static long writes, moments;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_writev)(int, const struct iovec *, int);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_send = dlsym(RTLD_NEXT, "send");
    real_writev = dlsym(RTLD_NEXT, "writev");
}

__attribute__((destructor)) static void end(void) {
    const char *into = getenv("CANDOR_COUNT_INTO");
    char text[64];
    if (!into) return;
    int fd = open(into, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int length = snprintf(text, sizeof text, "%ld %ld", writes, moments);
    if (fd < 0 || real_write(fd, text, length) != length) abort();
    close(fd);
}

static int is_tcp(int fd) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0) return 0;
    return peer.ss_family == AF_INET || peer.ss_family == AF_INET6;
}

/* Dies where its time has come. */
static void moment(void) {
    const char *kill_at = getenv("CANDOR_KILL_AT_MOMENT");
    pthread_mutex_lock(&lock);
    if (++moments == (kill_at ? atol(kill_at) : -1)) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    pthread_mutex_unlock(&lock);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    if (!is_tcp(fd)) return real_send(fd, bytes, count, flags);
    moment();
    ssize_t n = real_send(fd, bytes, count, flags);
    moment();
    return n;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!is_tcp(fd)) return real_writev(fd, parts, count);
    moment();
    ssize_t n = real_writev(fd, parts, count);
    moment();
    return n;
}

static int is_watched(int fd) {
    const char *below = getenv("CANDOR_KILL_BELOW");
    char link[64], path[PATH_MAX + 1];
    if (!below) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX);
    if (n < 0) return 0;
    path[n] = 0;
    return strncmp(path, below, strlen(below)) == 0;
}

/* Takes back what was not synced, the last write first. */
static void forget_and_die(void) {
    for (struct note *note = notes; note; note = note->before) {
        real_ftruncate(note->fd, note->length);
        if (note->count) real_pwrite(note->fd, note->bytes, note->count, note->at);
    }
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Notes what a change of `count` bytes at `at` replaces; dies where its time has come. */
static void before_change(int fd, off_t at, size_t count) {
    const char *kill_at = getenv("CANDOR_KILL_AT_WRITE");
    struct stat stat;
    if (++writes == (kill_at ? atol(kill_at) : -1)) forget_and_die();
    if (fstat(fd, &stat) != 0) return;
    size_t old = 0;
    if (at < stat.st_size) {
        old = (size_t)(stat.st_size - at) < count ? (size_t)(stat.st_size - at) : count;
    }
    struct note *note = malloc(sizeof *note + old);
    if (!note) abort();
    note->dev = stat.st_dev, note->ino = stat.st_ino, note->fd = -1;
    for (struct note *other = notes; other && note->fd < 0; other = other->before) {
        if (other->dev == note->dev && other->ino == note->ino) note->fd = other->fd;
    }
    if (note->fd < 0) note->fd = dup(fd);
    note->at = at, note->length = stat.st_size;
    note->count = old ? (size_t)pread(fd, note->bytes, old, at) : 0;
    note->before = notes, notes = note;
}

static void synced(int fd) {
    struct stat stat;
    if (fstat(fd, &stat) != 0) return;
    for (struct note **at = &notes; *at;) {
        struct note *note = *at;
        if (note->dev == stat.st_dev && note->ino == stat.st_ino) {
            *at = note->before;
            free(note);
        } else {
            at = &note->before;
        }
    }
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    if (!is_watched(fd)) return real_pwrite(fd, bytes, count, at);
    pthread_mutex_lock(&lock);
    before_change(fd, at, count);
    ssize_t n = real_pwrite(fd, bytes, count, at);
    pthread_mutex_unlock(&lock);
    return n;
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (is_tcp(fd)) {
        moment();
        ssize_t n = real_write(fd, bytes, count);
        moment();
        return n;
    }
    if (!is_watched(fd)) return real_write(fd, bytes, count);
    pthread_mutex_lock(&lock);
    before_change(fd, lseek(fd, 0, SEEK_CUR), count);
    ssize_t n = real_write(fd, bytes, count);
    pthread_mutex_unlock(&lock);
    return n;
}

int ftruncate64(int fd, off_t length) {
    struct stat stat;
    if (!is_watched(fd)) return real_ftruncate(fd, length);
    pthread_mutex_lock(&lock);
    fstat(fd, &stat);
    before_change(fd, length, stat.st_size > length ? (size_t)(stat.st_size - length) : 0);
    int result = real_ftruncate(fd, length);
    pthread_mutex_unlock(&lock);
    return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_with(int (*sync)(int), int fd) {
    if (!is_watched(fd)) return sync(fd);
    pthread_mutex_lock(&lock);
    /* A sync is a moment to die at, too. */
    before_change(fd, 0, 0);
    int result = sync(fd);
    if (result == 0) synced(fd);
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int fd) { return sync_with(real_fsync, fd); }
int fdatasync(int fd) { return sync_with(real_fdatasync, fd); }
