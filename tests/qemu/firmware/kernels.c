/* Kernels as a network has them, in plain C, on data of a generator; prints every output byte by semihosting. */
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

static uint32_t state;

static int32_t draw(uint32_t bits)
{
    state = state * 1664525u + 1013904223u;
    return (int32_t)state >> (32 - bits);
}

static void fill(int8_t *to, uint32_t count)
{
    while (count--) {
        *to++ = (int8_t)draw(8);
    }
}

/* As TensorFlow Lite requantizes: a multiplier of 31 fractional bits, rounded, then a rounded shift. */
static int8_t requantize(int32_t sum, int32_t multiplier, int32_t shift)
{
    const int64_t product = (int64_t)sum * multiplier + (1 << 30);
    const int32_t high = (int32_t)(product >> 31);
    const int32_t value = (high + (1 << (shift - 1))) >> shift;
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}

enum { SIDE = 8, CHANNELS = 3, FILTERS = 4, CONVOLVED = SIDE * SIDE * FILTERS, CLASSES = 5 };

__attribute__((noinline)) static void convolve(const int8_t *input, const int8_t *weights, int8_t *output)
{
    for (int y = 0; y < SIDE; ++y) {
        for (int x = 0; x < SIDE; ++x) {
            for (int filter = 0; filter < FILTERS; ++filter) {
                int32_t sum = 100 * filter;
                for (int dy = -1; dy <= 1; ++dy) {
                    for (int dx = -1; dx <= 1; ++dx) {
                        if (y + dy < 0 || y + dy >= SIDE || x + dx < 0 || x + dx >= SIDE) {
                            continue;
                        }
                        const int8_t *pixel = input + ((y + dy) * SIDE + x + dx) * CHANNELS;
                        const int8_t *weight = weights + (((dy + 1) * 3 + dx + 1) * FILTERS + filter) * CHANNELS;
                        for (int channel = 0; channel < CHANNELS; ++channel) {
                            sum += (pixel[channel] + 3) * weight[channel];
                        }
                    }
                }
                *output++ = requantize(sum, 0x5a000000 + filter * 0x01234567, 8);
            }
        }
    }
}

__attribute__((noinline)) static void connect(const int8_t *input, const int8_t *weights, int32_t *output)
{
    for (int class = 0; class < CLASSES; ++class) {
        int32_t sum = 0;
        for (int index = 0; index < CONVOLVED; ++index) {
            sum += input[index] * *weights++;
        }
        output[class] = sum;
    }
}

/* Divisions of every length, signed and unsigned, in 32 and in 64 bits. */
__attribute__((noinline)) static int32_t divide(int32_t value, uint32_t rounds)
{
    uint64_t sum = 0;
    for (uint32_t round = 1; round <= rounds; ++round) {
        const int32_t divisor = draw(1 + round % 31) | 1;
        sum += (uint64_t)(value / divisor) + (uint32_t)value / (uint32_t)divisor;
        sum += ((uint64_t)(uint32_t)value << 20 | round) / (uint32_t)divisor;
        value += draw(20);
    }
    return (int32_t)(sum ^ sum >> 32);
}

/* A softmax with a rational function for the exponential: the same on every core only as IEEE 754 has it. */
__attribute__((noinline)) static void soften(const int32_t *values, float *output)
{
    float sum = 0.0f;
    for (int class = 0; class < CLASSES; ++class) {
        const float x = (float)values[class] * 0.0001f;
        const float half = x < 0.0f ? 1.0f / (1.0f - x) : 1.0f + x;
        output[class] = half * half;
        sum += output[class];
    }
    for (int class = 0; class < CLASSES; ++class) {
        output[class] /= sum;
    }
}

static void print(const void *data, uint32_t count)
{
    static const char digits[] = "0123456789abcdef";
    char text[3] = {0};
    for (const uint8_t *byte = data; count--; ++byte) {
        text[0] = digits[*byte >> 4];
        text[1] = digits[*byte & 15];
        semihosting(0x04, text);
    }
    semihosting(0x04, "\n");
}

static int8_t image[SIDE * SIDE * CHANNELS], weights[CLASSES * CONVOLVED], convolved[CONVOLVED];
static int32_t sums[CLASSES];
static float classes[CLASSES];

void start(void)
{
#if __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: DDI0403, B3.2.20 */
    __asm volatile("dsb\n isb" ::: "memory");
#endif
    state = 1;
    fill(image, sizeof(image));
    fill(weights, sizeof(weights));
    convolve(image, weights, convolved);
    connect(convolved, weights, sums);
    soften(sums, classes);
    print(convolved, sizeof(convolved));
    print(sums, sizeof(sums));
    print(classes, sizeof(classes));
    const int32_t quotients = divide(sums[0], 100);
    print(&quotients, sizeof(quotients));
    const uint32_t left[2] = {0x20026, 3};
    semihosting(0x20, left);
    for (;;) {
    }
}
