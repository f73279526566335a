// Every limit in one place, by name. AWS's own limits carry their source; the rest bound our queues and loops.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace penstock::limits {

// Step Functions service quotas ("Quotas related to state machine executions", AWS developer guide).
inline constexpr size_t payload_bytes_max = 262'144;      // input, output or result of a state or task
inline constexpr int64_t history_events_max = 25'000;     // of a Standard execution
inline constexpr int64_t express_seconds_max = 300;       // of an Express execution
inline constexpr int64_t express_events_max = 1'000'000;  // ours: AWS has none, but time ends such an execution
inline constexpr size_t definition_bytes_max = 1'048'576;
inline constexpr size_t name_length_max = 80;
inline constexpr int64_t history_page_max = 1'000;

// S3 ("Amazon S3 multipart upload limits").
inline constexpr uint64_t object_put_bytes_max = 5ULL << 30;
inline constexpr uint64_t part_bytes_min = 5ULL << 20;  // but the last part
inline constexpr int part_number_max = 10'000;
inline constexpr size_t object_key_bytes_max = 1'024;
inline constexpr size_t list_page_max = 1'000;

// Our own.
inline constexpr size_t request_header_bytes_max = 64 * 1024;
inline constexpr size_t request_body_bytes_in_memory_max = 8 * 1024 * 1024;  // of all but S3 bodies
inline constexpr size_t body_spool_threshold_bytes = 64 * 1024;  // a larger S3 body goes to a file as it arrives
inline constexpr size_t json_depth_max = 512;
inline constexpr size_t form_parameters_max = 10'000;  // of a call in the query protocol
inline constexpr size_t form_depth_max = 32;           // dots in the name of one
inline constexpr size_t store_queue_max = 65'536;      // writes not yet durable; then front ends refuse more
inline constexpr size_t store_group_max = 4'096;       // writes in one transaction
inline constexpr size_t store_readers_max = 16;        // read-only connections
inline constexpr int store_checkpoint_pages = 2'048;   // pages (8 KiB) in the log before a checkpoint in the background
inline constexpr int store_checkpoint_pages_max = 8'192;       // and before the writer makes one itself
inline constexpr uint64_t store_free_bytes_min = 64ULL << 20;  // free space below which writes are refused
inline constexpr std::chrono::milliseconds store_retry_pause_min{50};
inline constexpr std::chrono::milliseconds store_retry_pause_max{2'000};
inline constexpr std::chrono::milliseconds store_space_check_interval{100};
inline constexpr size_t connections_max = 4'096;

}  // namespace penstock::limits
