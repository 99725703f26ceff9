/*
 * Preloaded into a process, this library keeps, beside each file below the folder POWER_FAILURE_DIR, an image of what a
 * power failure would leave of it: `<file>.durable`. A write changes the image when the file is synced, or at once where
 * the file was opened with O_SYNC or O_DSYNC. With POWER_FAILURE_EARLY=<percent>, that share of the writes reaches the
 * image before its sync, in any order, as disks and page caches do.
 *
 * After a SIGKILL, the images take the place of the files. Covers what LMDB and Node.js use: open, write, pwrite, writev,
 * pwritev, ftruncate, fsync, fdatasync, msync. A new file, a new name and a deletion are durable at once, with nothing of
 * what was not synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FDS 4096
#define MAX_FILES 2048
#define SUFFIX ".durable"

struct range { off_t at; size_t length; };

struct file {
  char path[PATH_MAX];
  dev_t device;
  ino_t inode;
  int source, image;
  struct range *pending;
  size_t count, capacity;
};

static struct file files[MAX_FILES];
static int file_count;
static struct file *file_of[MAX_FDS];
static int is_synchronous[MAX_FDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int seed = 1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void fail(const char *what) {
  fprintf(stderr, "power-failure: %s\n", what);
  abort();
}

/* Copy a range of the file to its image. */
static void copy(struct file *file, off_t at, size_t length) {
  static char buffer[1 << 20];
  while (length > 0) {
    size_t size = length < sizeof buffer ? length : sizeof buffer;
    ssize_t got = pread(file->source, buffer, size, at);
    if (got < 0) fail("cannot read a file");
    if (got == 0) return;
    if (REAL(pwrite)(file->image, buffer, (size_t)got, at) != got) fail("cannot write an image");
    at += got;
    length -= (size_t)got;
  }
}

static void sync_file(struct file *file) {
  struct stat status;
  for (size_t i = 0; i < file->count; i++) copy(file, file->pending[i].at, file->pending[i].length);
  file->count = 0;
  if (fstat(file->source, &status) == 0 && REAL(ftruncate)(file->image, status.st_size) != 0)
    fail("cannot size an image");
}

/* The file of a descriptor. Node.js closes files by a system call of its own, and the number may be that of a socket now. */
static struct file *file_at(int fd) {
  struct stat status;
  struct file *file = fd < 0 || fd >= MAX_FDS ? NULL : file_of[fd];
  if (file == NULL) return NULL;
  if (fstat(fd, &status) == 0 && status.st_dev == file->device && status.st_ino == file->inode) return file;
  file_of[fd] = NULL;
  return NULL;
}

static void note_write(int fd, off_t at, ssize_t length) {
  const char *early = getenv("POWER_FAILURE_EARLY");
  struct file *file;
  if (length <= 0 || (file = file_at(fd)) == NULL) return;
  pthread_mutex_lock(&lock);
  if (is_synchronous[fd] || (early != NULL && rand_r(&seed) % 100 < atoi(early))) {
    copy(file, at, (size_t)length);
  } else {
    if (file->count == file->capacity) {
      file->capacity = file->capacity == 0 ? 64 : file->capacity * 2;
      file->pending = realloc(file->pending, file->capacity * sizeof *file->pending);
      if (file->pending == NULL) fail("no memory");
    }
    file->pending[file->count++] = (struct range){at, (size_t)length};
  }
  pthread_mutex_unlock(&lock);
}

static struct file *find_file(const char *path) {
  for (int i = 0; i < file_count; i++)
    if (strcmp(files[i].path, path) == 0) return &files[i];
  return NULL;
}

static void note_open(int fd, const char *path, int flags) {
  char whole[PATH_MAX], image[PATH_MAX + sizeof SUFFIX];
  const char *folder = getenv("POWER_FAILURE_DIR");
  struct file *file = NULL;
  struct stat status;
  if (fd < 0 || fd >= MAX_FDS) return;
  file_of[fd] = NULL;
  if (folder == NULL || realpath(path, whole) == NULL) return;
  if (strncmp(whole, folder, strlen(folder)) != 0 || strstr(whole, SUFFIX) != NULL) return;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
  pthread_mutex_lock(&lock);
  file = find_file(whole);
  if (file == NULL) {
    if (file_count == MAX_FILES) fail("too many files");
    file = &files[file_count++];
    snprintf(file->path, sizeof file->path, "%s", whole);
    snprintf(image, sizeof image, "%s%s", whole, SUFFIX);
    file->source = REAL(open)(whole, O_RDONLY | O_CLOEXEC);
    file->image = REAL(open)(image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file->source < 0 || file->image < 0) fail("cannot open an image");
    if (fstat(file->source, &status) != 0) fail("cannot read a file");
    file->device = status.st_dev;
    file->inode = status.st_ino;
    /* What was there before this process is durable. */
    copy(file, 0, (size_t)status.st_size);
  }
  is_synchronous[fd] = (flags & (O_SYNC | O_DSYNC)) != 0;
  file_of[fd] = file;
  pthread_mutex_unlock(&lock);
}

#define OPEN(name, before, before_call)                                   \
  int name(before const char *path, int flags, ...) {                     \
    mode_t mode = 0;                                                      \
    va_list rest;                                                         \
    va_start(rest, flags);                                                \
    if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(rest, mode_t);       \
    va_end(rest);                                                         \
    int fd = REAL(name)(before_call path, flags, mode);                   \
    note_open(fd, path, flags);                                           \
    return fd;                                                            \
  }
#define NOTHING
#define FOLDER int folder,
#define FOLDER_CALL folder,
OPEN(open, NOTHING, NOTHING)
OPEN(open64, NOTHING, NOTHING)
OPEN(openat, FOLDER, FOLDER_CALL)
OPEN(openat64, FOLDER, FOLDER_CALL)

int close(int fd) {
  if (fd >= 0 && fd < MAX_FDS) file_of[fd] = NULL;
  return REAL(close)(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
  ssize_t done = REAL(write)(fd, data, length);
  if (file_at(fd) != NULL) note_write(fd, lseek(fd, 0, SEEK_CUR) - done, done);
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  ssize_t done = REAL(writev)(fd, parts, count);
  if (file_at(fd) != NULL) note_write(fd, lseek(fd, 0, SEEK_CUR) - done, done);
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
  ssize_t done = REAL(pwrite)(fd, data, length, at);
  note_write(fd, at, done);
  return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
  ssize_t done = REAL(pwrite64)(fd, data, length, at);
  note_write(fd, at, done);
  return done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  ssize_t done = REAL(pwritev)(fd, parts, count, at);
  note_write(fd, at, done);
  return done;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  ssize_t done = REAL(pwritev64)(fd, parts, count, at);
  note_write(fd, at, done);
  return done;
}

/* The file of a path is gone: whoever has it open writes to nothing. */
static void forget(struct file *file) {
  char image[PATH_MAX + sizeof SUFFIX];
  snprintf(image, sizeof image, "%s%s", file->path, SUFFIX);
  REAL(unlink)(image);
  file->path[0] = '\0';
}

int unlink(const char *path) {
  char whole[PATH_MAX];
  int is_known = realpath(path, whole) != NULL;
  int result = REAL(unlink)(path);
  if (result != 0 || !is_known) return result;
  pthread_mutex_lock(&lock);
  struct file *file = find_file(whole);
  if (file != NULL) forget(file);
  pthread_mutex_unlock(&lock);
  return result;
}

int rename(const char *from, const char *to) {
  char before[PATH_MAX], after[PATH_MAX];
  char image_before[PATH_MAX + sizeof SUFFIX], image_after[PATH_MAX + sizeof SUFFIX];
  int is_known = realpath(from, before) != NULL;
  int result = REAL(rename)(from, to);
  if (result != 0 || !is_known || realpath(to, after) == NULL) return result;
  pthread_mutex_lock(&lock);
  struct file *file = find_file(before);
  struct file *replaced = find_file(after);
  if (replaced != NULL && replaced != file) forget(replaced);
  if (file != NULL) {
    snprintf(image_before, sizeof image_before, "%s%s", before, SUFFIX);
    snprintf(image_after, sizeof image_after, "%s%s", after, SUFFIX);
    REAL(rename)(image_before, image_after);
    snprintf(file->path, sizeof file->path, "%s", after);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

static void note_sync(int fd) {
  struct file *file = file_at(fd);
  if (file == NULL) return;
  pthread_mutex_lock(&lock);
  sync_file(file);
  pthread_mutex_unlock(&lock);
}

/* The image changes after the sync has succeeded. */
int fsync(int fd) {
  int result = REAL(fsync)(fd);
  if (result == 0) note_sync(fd);
  return result;
}

int fdatasync(int fd) {
  int result = REAL(fdatasync)(fd);
  if (result == 0) note_sync(fd);
  return result;
}

/* Mapped files: the call does not name one, so all are synced. LMDB maps read-only and never calls it. */
int msync(void *address, size_t length, int flags) {
  int result = REAL(msync)(address, length, flags);
  pthread_mutex_lock(&lock);
  for (int i = 0; result == 0 && i < file_count; i++) sync_file(&files[i]);
  pthread_mutex_unlock(&lock);
  return result;
}
