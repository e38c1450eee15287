"""C programs that were not made by this project, as images for the shipped board stm32l4."""

from __future__ import annotations

import subprocess
from pathlib import Path

LINKER_SCRIPT = """\
ENTRY(Reset_Handler)
MEMORY {
  FLASH (rx) : ORIGIN = %#x, LENGTH = 512K
  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 96K
}
PHDRS { flash PT_LOAD FLAGS(5); ram PT_LOAD FLAGS(6); }
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > FLASH :flash
  .text : { *(.text*) *(.rodata*) } > FLASH :flash
  .data : { *(.data*) } > RAM AT > FLASH :ram
  .bss (NOLOAD) : { *(.bss*) *(COMMON) } > RAM :ram
}
"""

PRELUDE = """\
typedef unsigned int u32;

static inline u32 semihosting(u32 operation, const void *parameter)
{
    register u32 r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static inline void print(const char *text) { semihosting(0x04, text); }

static inline void leave(u32 code)
{
    u32 block[2] = { 0x20026, code };
    semihosting(0x20, block);
    for (;;) { }
}

#define USART2 ((volatile u32 *)0x40004400) /* RM0351, USART: CR1, ISR, RDR and TDR */
static inline void uart_begin(void)
{
    *(volatile u32 *)0x40021058 |= 1u << 17; /* RCC_APB1ENR1.USART2EN */
    USART2[0] = 1u | 1u << 2 | 1u << 3;
}
static inline void uart_put(char c)
{
    while (!(USART2[7] & 1u << 7)) { }
    USART2[10] = (unsigned char)c;
}
static inline void uart_print(const char *text)
{
    while (*text) uart_put(*text++);
}
static inline char uart_get(void)
{
    while (!(USART2[7] & 1u << 5)) { }
    return (char)USART2[9];
}

#define APART __attribute__((noinline, noclone))
int main(void);
void Reset_Handler(void)
{
    leave((u32)main());
}
__attribute__((weak)) void SysTick_Handler(void);
void *const vectors[16] __attribute__((section(".vectors"), used)) = {
    (void *)0x20018000, Reset_Handler, [15] = SysTick_Handler,
};
"""


def build_firmware(folder: Path, source: str, *, origin: int = 0x0800_0000) -> Path:
    """Compile PRELUDE and `source`, which defines main(), for flash at `origin`; return the ELF file."""
    (folder / "link.ld").write_text(LINKER_SCRIPT % origin)
    (folder / "prelude.h").write_text(PRELUDE)
    (folder / "program.c").write_text(f'#include "prelude.h"\n{source}')
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-O1", "-g", "-nostdlib", "-ffreestanding"]
    command += ["-fno-ipa-icf", "-fno-inline-functions", "-Tlink.ld"]
    subprocess.run([*command, "program.c", "-o", "program.elf"], check=True, cwd=folder)
    return folder / "program.elf"


def convert(elf: Path, suffix: str) -> Path:
    """Convert the image to .bin or .hex."""
    path, kind = elf.with_suffix(suffix), {".bin": "binary", ".hex": "ihex"}[suffix]
    subprocess.run(["arm-none-eabi-objcopy", "-O", kind, str(elf), str(path)], check=True)
    return path
