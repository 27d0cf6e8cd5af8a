// Memory of blocks: on a cache line; large ones on huge pages where the system has them.
#pragma once

#include <cstddef>

namespace slalom {

// Null if there is none.
void* allocateMemory(size_t bytes);

// The same, all zeros. What comes fresh from the system is so already and is not touched before it is used.
void* allocateZeroed(size_t bytes);

// What `allocateMemory` gave for as many bytes.
void releaseMemory(void* memory, size_t bytes);

}  // namespace slalom
