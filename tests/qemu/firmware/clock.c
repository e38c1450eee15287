/* Times a loop of 200,000 instructions with SysTick, as firmware times itself; prints the ticks by semihosting. */
#include <stdint.h>

extern uint32_t stack_top[];
void start(void);

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {stack_top, start};

static uint32_t semihosting(uint32_t operation, const void *parameter)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void start(void)
{
    volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010u; /* DDI0403, B3.3.2: CSR, RVR, CVR */
    systick[1] = 0xFFFFFFu;
    systick[2] = 0;
    systick[0] = 5; /* enabled, clock of the core */
    uint32_t rounds = 100000;
    const uint32_t before = systick[2];
    __asm volatile("1: subs %0, #1\n bne 1b" : "+l"(rounds)::"cc");
    const uint32_t ticks = (before - systick[2]) & 0xFFFFFFu;
    for (int32_t shift = 28; shift >= 0; shift -= 4) {
        semihosting(0x03, &"0123456789abcdef"[ticks >> shift & 15]);
    }
    const uint32_t end[2] = {0x20026, 0};
    semihosting(0x20, end);
}
