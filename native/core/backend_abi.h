// The crossing to the CUDA library (and to the emulation and the mock, which have the same entry point): plain C,
// fixed-width fields, no ownership, no exception. Every function returns 0 or a code, and then fills *error.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct GsError {
  int32_t code;       // gridstride::ErrorCode
  char message[512];  // ends in 0
} GsError;

typedef struct GsDeviceInfo {
  char name[256];
  int32_t capability_major, capability_minor;
  int32_t multiprocessors;
  int32_t clock_khz;       // of the multiprocessors, at most; 0: unknown
  int32_t driver_version;  // as CUDA counts: 13000 is 13.0; 0 without a driver
  int64_t memory_bytes;
  int32_t is_emulation;  // never chosen by device "auto"
} GsDeviceInfo;

typedef struct GsStream GsStream;
typedef struct GsEvent GsEvent;
typedef struct GsGraph GsGraph;

typedef struct GsBackend {
  uint64_t abi;  // GS_BACKEND_ABI of the headers it was built with
  int32_t (*device_count)(int32_t* count, GsError* error);
  int32_t (*device_info)(int32_t ordinal, GsDeviceInfo* info, GsError* error);
  int32_t (*stream_create)(int32_t ordinal, GsStream** stream, GsError* error);
  int32_t (*stream_destroy)(GsStream* stream, GsError* error);
  int32_t (*stream_synchronize)(GsStream* stream, GsError* error);
  int32_t (*memory_reserve)(GsStream* stream, int64_t bytes, void** data, GsError* error);
  int32_t (*memory_release)(GsStream* stream, void* data, int64_t bytes, GsError* error);
  int32_t (*copy_to_device)(GsStream* stream, void* device, const void* host, int64_t bytes, GsError* error);
  // Returns once the bytes have arrived.
  int32_t (*copy_to_host)(GsStream* stream, void* host, const void* device, int64_t bytes, GsError* error);
  int32_t (*submit)(GsStream* stream, int32_t op_id, const void* args, int64_t args_bytes, GsError* error);
  int32_t (*event_create)(GsStream* stream, GsEvent** event, GsError* error);
  int32_t (*event_record)(GsEvent* event, GsStream* stream, GsError* error);
  int32_t (*event_elapsed_ms)(GsEvent* start, GsEvent* end, float* milliseconds, GsError* error);
  int32_t (*event_destroy)(GsEvent* event, GsError* error);
  int32_t (*capture_begin)(GsStream* stream, GsError* error);
  int32_t (*capture_end)(GsStream* stream, GsGraph** graph, GsError* error);
  int32_t (*graph_launch)(GsGraph* graph, GsStream* stream, GsError* error);
  int32_t (*graph_destroy)(GsGraph* graph, GsError* error);
  // A named stretch of the calling thread on a profiler's timeline; without a profiler nothing. They nest.
  int32_t (*range_push)(const char* text, GsError* error);
  int32_t (*range_pop)(GsError* error);
} GsBackend;

// The one symbol a library exports as "gridstride_backend": null when it was built for another ABI.
typedef const GsBackend* (*GsBackendEntry)(uint64_t abi);

#ifdef __cplusplus
}
#endif
