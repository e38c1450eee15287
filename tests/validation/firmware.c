/* Speaks the text protocol of MLPerf Tiny's firmware, with a made-up network: it adds up its input.
   Given by the compiler's command line: UART and TIMER (addresses), MHZ, BYTES of input, ROUNDS of work, INTERRUPT (the
   UART's, or polling without), BROKEN (a way not to follow the protocol). */

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define CR1 REG(UART + 0x00)
#define ISR REG(UART + 0x1C)
#define RDR REG(UART + 0x24)
#define TDR REG(UART + 0x28)
#define RXNE (1u << 5)
#define TXE (1u << 7)
#define COUNT REG(TIMER + 0x24)

enum { COMMAND_BYTES = 80, NONE, SILENT, NO_LAPS, FAULTS };
#ifndef BROKEN
#define BROKEN NONE
#endif

static uint8_t input[BYTES];
static uint32_t expected, loaded, result;
static char command[COMMAND_BYTES + 1];
static uint32_t length;

static void put(const char *text) {
    for (; *text; text++) {
        while (!(ISR & TXE)) {
        }
        TDR = (uint8_t)*text;
    }
}

static void put_number(const char *before, uint32_t value, const char *after) {
    char digits[11], *place = digits + 10;
    *place = 0;
    do {
        *--place = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put(before);
    put(place);
    put(after);
}

__attribute__((noinline)) static void lap(void) {
    if (BROKEN != NO_LAPS) {
        put_number("m-lap-us-", COUNT, "\r\n");
    }
}

__attribute__((noinline)) static void infer(void) {
    uint32_t sum = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < BYTES; i++) {
            sum += ((volatile uint8_t *)input)[i];
        }
    }
    result = sum / ROUNDS;
}

static int starts(const char *text, const char *with) {
    while (*with && *text == *with) {
        text++;
        with++;
    }
    return !*with;
}

static uint32_t number(const char **text) {
    uint32_t value = 0;
    while (**text == ' ') {
        ++*text;
    }
    while (**text >= '0' && **text <= '9') {
        value = value * 10 + (uint32_t)(*(*text)++ - '0');
    }
    return value;
}

static uint32_t nibble(char digit) {
    return (uint32_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void load(const char *hex) {
    for (; hex[0] && hex[1] && loaded < expected; hex += 2) {
        input[loaded++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
        if (loaded == expected) {
            put("m-load-done\r\n");
        }
    }
}

static void run(const char *text) {
    uint32_t count = number(&text), warmup = number(&text);
    put_number("m-warmup-start-", warmup, "\r\n");
    while (warmup--) {
        infer();
    }
    put("m-warmup-done\r\n");
    put_number("m-infer-start-", count, "\r\n");
    lap();
    while (count--) {
        infer();
    }
    lap();
    put("m-infer-done\r\n");
    put_number("m-results-[", result, "]\r\n");
}

static void obey(const char *text) {
    if (starts(text, "name")) {
        put("m-name-made-up\r\n");
    } else if (starts(text, "profile")) {
        put("m-profile-[made-up]\r\n");
    } else if (starts(text, "timestamp")) {
        lap();
    } else if (starts(text, "db load")) {
        text += 7;
        expected = number(&text);
        loaded = 0;
        if (expected > BYTES) {
            put("e-[too many bytes]\r\n");
        }
    } else if (starts(text, "db ")) {
        load(text + 3);
    } else if (starts(text, "infer")) {
        if (BROKEN == FAULTS) {
            REG(0x70000000) = 1;
        }
        run(text + 5);
    }
    put("m-ready\r\n");
}

static void take(char character) {
    if (character == '%') {
        command[length] = 0;
        length = 0;
        obey(command);
    } else if (length < COMMAND_BYTES) {
        command[length++] = character;
    }
}

static void on_uart(void) {
    take((char)RDR);
}

void start(void) {
    extern volatile uint32_t bss[], bss_end[];
    for (volatile uint32_t *word = bss; word < bss_end; word++) {
        *word = 0;
    }
    REG(TIMER + 0x28) = MHZ - 1;
    REG(TIMER + 0x2C) = 0xFFFFFFFF;
    REG(TIMER + 0x14) = 1;
    REG(TIMER + 0x00) = 1;
    CR1 = 1u << 3 | 1u << 2 | 1u;
#ifdef ACR
    REG(ACR) = ACR_VALUE;
#endif
    put("m-init-done\r\n");
    if (BROKEN != SILENT) {
        put("m-ready\r\n");
    }
#ifdef INTERRUPT
    CR1 |= RXNE;
    REG(0xE000E100 + INTERRUPT / 32 * 4) = 1u << INTERRUPT % 32;
    for (;;) {
        __asm__ volatile("wfi");
    }
#else
    for (;;) {
        while (!(ISR & RXNE)) {
        }
        on_uart();
    }
#endif
}

#ifdef INTERRUPT
#define VECTORS (16 + INTERRUPT + 1)
#else
#define VECTORS 16
#endif
__attribute__((section(".vectors"), used)) void (*const vectors[VECTORS])(void) = {
    (void (*)(void))STACK,
    start,
#ifdef INTERRUPT
    [16 + INTERRUPT] = on_uart,
#endif
};
