#include "recorder/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Method: everything is allowed but a short list, because the list is what the promise
   is about; a list of what is allowed would break with every library and sanitizer.
   io_uring is on it because it can do all of this without another system call. A call by
   the numbers of another architecture, which would pass by other names, ends the process.
   The filter is made on the stack: it is there without memory too. */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define NUMBER_MAX 0x40000000u /* past it: the calls of x32 */
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define NUMBER_MAX 0x80000000u
#else
#error "name this architecture"
#endif

static const unsigned int forbidden[] = {
    SYS_socket,   SYS_socketpair, SYS_connect,  SYS_bind,           SYS_listen, SYS_accept,   SYS_accept4, SYS_sendto,
    SYS_sendmsg,  SYS_sendmmsg,   SYS_recvfrom, SYS_recvmsg,        SYS_recvmmsg, SYS_io_uring_setup, SYS_execve, SYS_execveat,
};
#define FORBIDDEN (sizeof forbidden / sizeof *forbidden)

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define UNLESS(test, value) BPF_JUMP(BPF_JMP | test | BPF_K, value, 0, 1)
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Two instructions a number: is it that one, then die. */
static unsigned short make(struct sock_filter filter[])
{
    unsigned short count = 0;
    filter[count++] = (struct sock_filter)LOAD(arch);
    filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    filter[count++] = (struct sock_filter)END(SECCOMP_RET_KILL_PROCESS);
    filter[count++] = (struct sock_filter)LOAD(nr);
    /* No call at all: what a debugger puts there to skip one (the kernel says ENOSYS). */
    filter[count++] = (struct sock_filter)UNLESS(BPF_JEQ, UINT32_MAX);
    filter[count++] = (struct sock_filter)END(SECCOMP_RET_ALLOW);
    filter[count++] = (struct sock_filter)UNLESS(BPF_JGE, NUMBER_MAX);
    filter[count++] = (struct sock_filter)END(SECCOMP_RET_KILL_PROCESS);
    for (size_t i = 0; i < FORBIDDEN; i++) {
        filter[count++] = (struct sock_filter)UNLESS(BPF_JEQ, forbidden[i]);
        filter[count++] = (struct sock_filter)END(SECCOMP_RET_KILL_PROCESS);
    }
    filter[count++] = (struct sock_filter)END(SECCOMP_RET_ALLOW);
    return count;
}

enum err_code seccomp_forbid_network(struct err *err)
{
    struct sock_filter filter[2 * FORBIDDEN + 10];
    struct sock_fprog program = {.len = make(filter), .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return err_set(err, ERR_ENV, "the network cannot be forbidden: the kernel takes no system call filter (%s)",
                       strerror(errno));
    return ERR_OK;
}
