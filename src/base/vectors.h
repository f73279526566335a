// How a loop is compiled for the widest vectors of the processor that runs it.
#pragma once

// Before a function: it and all that it calls are compiled twice, for every processor of the architecture and for
// x86-64 of 2013 and later (AVX2), and the one that fits is chosen when the program starts. Results are the same bits.
// Elsewhere, in unoptimized builds and under sanitizers (their run time is not there yet when the choice is made) it
// does nothing.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PENSTOCK_WIDEST_VECTORS __attribute__((target_clones("default", "avx2"), flatten))
// The same for loops over bits and integers, which gain by the bit instructions of these processors (x86-64-v3), too.
// Not for floating point: there, a fused multiplication and addition would give other bits.
#define PENSTOCK_WIDEST_INTEGERS __attribute__((target_clones("default", "arch=x86-64-v3"), flatten))
#else
#define PENSTOCK_WIDEST_VECTORS
#define PENSTOCK_WIDEST_INTEGERS
#endif
