// The part of DuckDB's C interface that the Swift target `DuckDB` calls, for version 2.0.1.
//
// Written by hand rather than copied, so that the repository holds no file of another project.
// Handles stay incomplete types: Swift sees an `OpaquePointer`, and nothing can look inside.
// Every prototype was compiled together with the real header, every layout compared with it.

#ifndef CATCHMENT_CDUCKDB_H
#define CATCHMENT_CDUCKDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Types

// Sizes, counts and indices.
typedef uint64_t idx_t;

typedef enum duckdb_state { CDUCKDB_OK = 0, CDUCKDB_FAILED = 1 } duckdb_state;

// What a column holds. The numbers are DuckDB's; the order is ours: by family.
typedef enum DUCKDB_TYPE {
  DUCKDB_TYPE_INVALID = 0,
  DUCKDB_TYPE_SQLNULL = 36,
  DUCKDB_TYPE_ANY = 34,
  DUCKDB_TYPE_BOOLEAN = 1,
  DUCKDB_TYPE_TINYINT = 2,
  DUCKDB_TYPE_SMALLINT = 3,
  DUCKDB_TYPE_INTEGER = 4,
  DUCKDB_TYPE_BIGINT = 5,
  DUCKDB_TYPE_HUGEINT = 16,
  DUCKDB_TYPE_UTINYINT = 6,
  DUCKDB_TYPE_USMALLINT = 7,
  DUCKDB_TYPE_UINTEGER = 8,
  DUCKDB_TYPE_UBIGINT = 9,
  DUCKDB_TYPE_UHUGEINT = 32,
  DUCKDB_TYPE_BIGNUM = 35,
  DUCKDB_TYPE_FLOAT = 10,
  DUCKDB_TYPE_DOUBLE = 11,
  DUCKDB_TYPE_DECIMAL = 19,
  DUCKDB_TYPE_VARCHAR = 17,
  DUCKDB_TYPE_BLOB = 18,
  DUCKDB_TYPE_BIT = 29,
  DUCKDB_TYPE_UUID = 27,
  DUCKDB_TYPE_ENUM = 23,
  DUCKDB_TYPE_DATE = 13,
  DUCKDB_TYPE_TIME = 14,
  DUCKDB_TYPE_TIME_NS = 39,
  DUCKDB_TYPE_TIME_TZ = 30,
  DUCKDB_TYPE_TIMESTAMP_S = 20,
  DUCKDB_TYPE_TIMESTAMP_MS = 21,
  DUCKDB_TYPE_TIMESTAMP = 12,
  DUCKDB_TYPE_TIMESTAMP_NS = 22,
  DUCKDB_TYPE_TIMESTAMP_TZ = 31,
  DUCKDB_TYPE_INTERVAL = 15,
  DUCKDB_TYPE_LIST = 24,
  DUCKDB_TYPE_ARRAY = 33,
  DUCKDB_TYPE_STRUCT = 25,
  DUCKDB_TYPE_MAP = 26,
  DUCKDB_TYPE_UNION = 28,
  DUCKDB_TYPE_GEOMETRY = 40,
  DUCKDB_TYPE_VARIANT = 41
} duckdb_type;

// Kinds of error: those that Swift tells apart. All others are numbers too.
typedef enum duckdb_error_type {
  DUCKDB_ERROR_INVALID = 0,
  DUCKDB_ERROR_CONVERSION = 2,
  DUCKDB_ERROR_TRANSACTION = 10,
  DUCKDB_ERROR_CATALOG = 13,
  DUCKDB_ERROR_CONSTRAINT = 18,
  DUCKDB_ERROR_IO = 28,
  DUCKDB_ERROR_INVALID_INPUT = 32,
  DUCKDB_ERROR_OUT_OF_MEMORY = 33,
  DUCKDB_ERROR_AUTOLOAD = 40
} duckdb_error_type;

// What a statement does. Swift keeps the numbers.
typedef enum duckdb_statement_type {
  DUCKDB_STATEMENT_TYPE_INVALID = 0,
  DUCKDB_STATEMENT_TYPE_MERGE_INTO = 30
} duckdb_statement_type;

// Dates count days, times and timestamps the unit in the field's name, all from 1970-01-01 UTC.
typedef struct { int32_t days; } duckdb_date;
typedef struct { int64_t micros; } duckdb_time;
typedef struct { int64_t nanos; } duckdb_time_ns;
typedef struct { uint64_t bits; } duckdb_time_tz;
typedef struct { int64_t micros; } duckdb_timestamp;
typedef struct { int64_t nanos; } duckdb_timestamp_ns;
typedef struct { int32_t months; int32_t days; int64_t micros; } duckdb_interval;

// 128-bit integers, the low half first in memory.
typedef struct { uint64_t lower; int64_t upper; } duckdb_hugeint;
typedef struct { uint64_t lower; uint64_t upper; } duckdb_uhugeint;
typedef struct { uint8_t width; uint8_t scale; duckdb_hugeint value; } duckdb_decimal;

typedef struct { void *data; idx_t size; } duckdb_blob;

typedef struct {
  double percentage;
  uint64_t rows_processed;
  uint64_t total_rows_to_process;
} duckdb_query_progress_type;

// A result travels by value; all but the last field is a relic.
typedef struct {
  idx_t deprecated_column_count;
  idx_t deprecated_row_count;
  idx_t deprecated_rows_changed;
  struct cduckdb_column *deprecated_columns;
  char *deprecated_error_message;
  void *internal_data;
} duckdb_result;

// Handles.
typedef struct _duckdb_instance_cache *duckdb_instance_cache;
typedef struct _duckdb_database *duckdb_database;
typedef struct _duckdb_connection *duckdb_connection;
typedef struct _duckdb_config *duckdb_config;
typedef struct _duckdb_error_data *duckdb_error_data;
typedef struct _duckdb_prepared_statement *duckdb_prepared_statement;
typedef struct _duckdb_extracted_statements *duckdb_extracted_statements;
typedef struct _duckdb_pending_result *duckdb_pending_result;
typedef struct _duckdb_data_chunk *duckdb_data_chunk;
typedef struct _duckdb_vector *duckdb_vector;
typedef struct _duckdb_logical_type *duckdb_logical_type;
typedef struct _duckdb_value *duckdb_value;
typedef struct _duckdb_appender *duckdb_appender;
typedef struct _duckdb_table_function *duckdb_table_function;
typedef struct _duckdb_scalar_function *duckdb_scalar_function;
typedef struct _duckdb_bind_info *duckdb_bind_info;
typedef struct _duckdb_init_info *duckdb_init_info;
typedef struct _duckdb_function_info *duckdb_function_info;

// Callbacks. DuckDB calls them on threads of its own.
typedef void (*duckdb_delete_callback_t)(void *);
typedef void (*duckdb_table_function_bind_t)(duckdb_bind_info);
typedef void (*duckdb_table_function_init_t)(duckdb_init_info);
typedef void (*duckdb_table_function_t)(duckdb_function_info, duckdb_data_chunk);
typedef void (*duckdb_scalar_function_t)(duckdb_function_info, duckdb_data_chunk, duckdb_vector);

// MARK: Functions

// A database and the connections to it. One cache a process: a file opened twice is shared.

duckdb_instance_cache duckdb_create_instance_cache(void);
duckdb_state duckdb_get_or_create_from_cache(duckdb_instance_cache, const char *,
    duckdb_database *, duckdb_config, char **);
void duckdb_close(duckdb_database *);
duckdb_state duckdb_connect(duckdb_database, duckdb_connection *);
void duckdb_disconnect(duckdb_connection *);
void duckdb_interrupt(duckdb_connection);
duckdb_query_progress_type duckdb_query_progress(duckdb_connection);
const char *duckdb_library_version(void);
duckdb_state duckdb_create_config(duckdb_config *);
duckdb_state duckdb_set_config(duckdb_config, const char *, const char *);
void duckdb_destroy_config(duckdb_config *);
void duckdb_free(void *);
idx_t duckdb_vector_size(void);
duckdb_value duckdb_get_table_names(duckdb_connection, const char *, bool);

// Errors kept apart from a result.

const char *duckdb_error_data_message(duckdb_error_data);
duckdb_error_type duckdb_error_data_error_type(duckdb_error_data);
void duckdb_destroy_error_data(duckdb_error_data *);

// Statements: prepared, bound, run at once or step by step.

duckdb_state duckdb_query(duckdb_connection, const char *, duckdb_result *);
duckdb_state duckdb_prepare(duckdb_connection, const char *, duckdb_prepared_statement *);
void duckdb_destroy_prepare(duckdb_prepared_statement *);
const char *duckdb_prepare_error(duckdb_prepared_statement);
idx_t duckdb_nparams(duckdb_prepared_statement);
duckdb_state duckdb_clear_bindings(duckdb_prepared_statement);
duckdb_statement_type duckdb_prepared_statement_type(duckdb_prepared_statement);
duckdb_state duckdb_bind_value(duckdb_prepared_statement, idx_t, duckdb_value);
duckdb_state duckdb_bind_parameter_index(duckdb_prepared_statement, idx_t *, const char *);
duckdb_state duckdb_execute_prepared(duckdb_prepared_statement, duckdb_result *);
idx_t duckdb_extract_statements(duckdb_connection, const char *, duckdb_extracted_statements *);
duckdb_state duckdb_prepare_extracted_statement(duckdb_connection, duckdb_extracted_statements,
    idx_t, duckdb_prepared_statement *);
const char *duckdb_extract_statements_error(duckdb_extracted_statements);
void duckdb_destroy_extracted(duckdb_extracted_statements *);
duckdb_state duckdb_pending_prepared_streaming(duckdb_prepared_statement, duckdb_pending_result *);
void duckdb_destroy_pending(duckdb_pending_result *);
const char *duckdb_pending_error(duckdb_pending_result);
duckdb_state duckdb_execute_pending(duckdb_pending_result, duckdb_result *);

// Results, read a chunk at a time.

void duckdb_destroy_result(duckdb_result *);
const char *duckdb_column_name(duckdb_result *, idx_t);
duckdb_logical_type duckdb_column_logical_type(duckdb_result *, idx_t);
idx_t duckdb_column_count(duckdb_result *);
idx_t duckdb_rows_changed(duckdb_result *);
const char *duckdb_result_error(duckdb_result *);
duckdb_data_chunk duckdb_fetch_chunk(duckdb_result);

// Chunks and the vectors in them.

duckdb_data_chunk duckdb_create_data_chunk(duckdb_logical_type *, idx_t);
void duckdb_destroy_data_chunk(duckdb_data_chunk *);
void duckdb_data_chunk_reset(duckdb_data_chunk);
idx_t duckdb_data_chunk_get_column_count(duckdb_data_chunk);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk, idx_t);
idx_t duckdb_data_chunk_get_size(duckdb_data_chunk);
void duckdb_data_chunk_set_size(duckdb_data_chunk, idx_t);
duckdb_logical_type duckdb_vector_get_column_type(duckdb_vector);
void *duckdb_vector_get_data(duckdb_vector);
void duckdb_vector_reference_vector(duckdb_vector, duckdb_vector);
uint64_t *duckdb_vector_get_validity(duckdb_vector);
void duckdb_vector_ensure_validity_writable(duckdb_vector);
void duckdb_unsafe_vector_assign_string_element_len(duckdb_vector, idx_t, const char *, idx_t);
duckdb_vector duckdb_list_vector_get_child(duckdb_vector);
duckdb_state duckdb_list_vector_set_size(duckdb_vector, idx_t);
duckdb_state duckdb_list_vector_reserve(duckdb_vector, idx_t);
duckdb_vector duckdb_struct_vector_get_child(duckdb_vector, idx_t);
duckdb_vector duckdb_array_vector_get_child(duckdb_vector);

// Logical types, made and taken apart.

duckdb_logical_type duckdb_create_logical_type(duckdb_type);
duckdb_logical_type duckdb_create_list_type(duckdb_logical_type);
duckdb_logical_type duckdb_create_array_type(duckdb_logical_type, idx_t);
duckdb_logical_type duckdb_create_map_type(duckdb_logical_type, duckdb_logical_type);
duckdb_logical_type duckdb_create_union_type(duckdb_logical_type *, const char **, idx_t);
duckdb_logical_type duckdb_create_struct_type(duckdb_logical_type *, const char **, idx_t);
duckdb_logical_type duckdb_create_enum_type(const char **, idx_t);
duckdb_logical_type duckdb_create_decimal_type(uint8_t, uint8_t);
void duckdb_destroy_logical_type(duckdb_logical_type *);
duckdb_type duckdb_get_type_id(duckdb_logical_type);
char *duckdb_logical_type_get_alias(duckdb_logical_type);
uint8_t duckdb_decimal_width(duckdb_logical_type);
uint8_t duckdb_decimal_scale(duckdb_logical_type);
uint32_t duckdb_enum_dictionary_size(duckdb_logical_type);
char *duckdb_enum_dictionary_value(duckdb_logical_type, idx_t);
duckdb_logical_type duckdb_list_type_child_type(duckdb_logical_type);
duckdb_logical_type duckdb_array_type_child_type(duckdb_logical_type);
idx_t duckdb_array_type_array_size(duckdb_logical_type);
duckdb_logical_type duckdb_map_type_key_type(duckdb_logical_type);
duckdb_logical_type duckdb_map_type_value_type(duckdb_logical_type);
idx_t duckdb_struct_type_child_count(duckdb_logical_type);
char *duckdb_struct_type_child_name(duckdb_logical_type, idx_t);
duckdb_logical_type duckdb_struct_type_child_type(duckdb_logical_type, idx_t);
idx_t duckdb_union_type_member_count(duckdb_logical_type);
char *duckdb_union_type_member_name(duckdb_logical_type, idx_t);
duckdb_logical_type duckdb_union_type_member_type(duckdb_logical_type, idx_t);

// Single values: parameters of statements and of table functions.

void duckdb_destroy_value(duckdb_value *);
duckdb_value duckdb_create_null_value(void);
duckdb_value duckdb_create_bool(bool);
duckdb_value duckdb_create_int64(int64_t);
duckdb_value duckdb_create_uint64(uint64_t);
duckdb_value duckdb_create_hugeint(duckdb_hugeint);
duckdb_value duckdb_create_uhugeint(duckdb_uhugeint);
duckdb_value duckdb_create_float(float);
duckdb_value duckdb_create_double(double);
duckdb_value duckdb_create_decimal(duckdb_decimal);
duckdb_value duckdb_create_varchar_length(const char *, idx_t);
duckdb_value duckdb_create_blob(const uint8_t *, idx_t);
duckdb_value duckdb_create_date(duckdb_date);
duckdb_value duckdb_create_time(duckdb_time);
duckdb_time_tz duckdb_create_time_tz(int64_t, int32_t);
duckdb_value duckdb_create_time_tz_value(duckdb_time_tz);
duckdb_value duckdb_create_timestamp(duckdb_timestamp);
duckdb_value duckdb_create_timestamp_tz(duckdb_timestamp);
duckdb_value duckdb_create_timestamp_ns(duckdb_timestamp_ns);
duckdb_value duckdb_create_interval(duckdb_interval);
duckdb_value duckdb_create_uuid(duckdb_uhugeint);
duckdb_value duckdb_create_list_value(duckdb_logical_type, duckdb_value *, idx_t);
duckdb_value duckdb_create_struct_value(duckdb_logical_type, duckdb_value *);
duckdb_value duckdb_create_map_value(duckdb_logical_type, duckdb_value *, duckdb_value *, idx_t);
duckdb_logical_type duckdb_get_value_type(duckdb_value);
bool duckdb_is_null_value(duckdb_value);
bool duckdb_get_bool(duckdb_value);
int64_t duckdb_get_int64(duckdb_value);
uint64_t duckdb_get_uint64(duckdb_value);
duckdb_hugeint duckdb_get_hugeint(duckdb_value);
duckdb_uhugeint duckdb_get_uhugeint(duckdb_value);
double duckdb_get_double(duckdb_value);
float duckdb_get_float(duckdb_value);
duckdb_date duckdb_get_date(duckdb_value);
duckdb_time duckdb_get_time(duckdb_value);
duckdb_timestamp duckdb_get_timestamp(duckdb_value);
duckdb_timestamp duckdb_get_timestamp_tz(duckdb_value);
duckdb_interval duckdb_get_interval(duckdb_value);
duckdb_uhugeint duckdb_get_uuid(duckdb_value);
duckdb_blob duckdb_get_blob(duckdb_value);
char *duckdb_get_varchar(duckdb_value);
idx_t duckdb_get_list_size(duckdb_value);
duckdb_value duckdb_get_list_child(duckdb_value, idx_t);
duckdb_value duckdb_get_struct_child(duckdb_value, idx_t);
idx_t duckdb_get_map_size(duckdb_value);
duckdb_value duckdb_get_map_key(duckdb_value, idx_t);
duckdb_value duckdb_get_map_value(duckdb_value, idx_t);

// The appender: rows in bulk, a chunk at a time.

duckdb_state duckdb_appender_create_ext(duckdb_connection, const char *, const char *,
    const char *, duckdb_appender *);
duckdb_state duckdb_appender_add_column(duckdb_appender, const char *);
idx_t duckdb_appender_column_count(duckdb_appender);
duckdb_logical_type duckdb_appender_column_type(duckdb_appender, idx_t);
duckdb_error_data duckdb_appender_error_data(duckdb_appender);
duckdb_state duckdb_appender_destroy(duckdb_appender *);

// Table functions.

duckdb_table_function duckdb_create_table_function(void);
void duckdb_destroy_table_function(duckdb_table_function *);
void duckdb_table_function_set_name(duckdb_table_function, const char *);
void duckdb_table_function_add_parameter(duckdb_table_function, duckdb_logical_type);
void duckdb_table_function_add_named_parameter(duckdb_table_function, const char *,
    duckdb_logical_type);
void duckdb_table_function_set_extra_info(duckdb_table_function, void *, duckdb_delete_callback_t);
void duckdb_table_function_set_bind(duckdb_table_function, duckdb_table_function_bind_t);
void duckdb_table_function_set_init(duckdb_table_function, duckdb_table_function_init_t);
void duckdb_table_function_set_local_init(duckdb_table_function, duckdb_table_function_init_t);
void duckdb_table_function_set_function(duckdb_table_function, duckdb_table_function_t);
void duckdb_table_function_supports_projection_pushdown(duckdb_table_function, bool);
duckdb_state duckdb_register_table_function(duckdb_connection, duckdb_table_function);
void *duckdb_bind_get_extra_info(duckdb_bind_info);
idx_t duckdb_bind_get_parameter_count(duckdb_bind_info);
duckdb_value duckdb_bind_get_parameter(duckdb_bind_info, idx_t);
duckdb_value duckdb_bind_get_named_parameter(duckdb_bind_info, const char *);
void duckdb_bind_add_result_column(duckdb_bind_info, const char *, duckdb_logical_type);
void duckdb_bind_set_bind_data(duckdb_bind_info, void *, duckdb_delete_callback_t);
void duckdb_bind_set_cardinality(duckdb_bind_info, idx_t, bool);
void duckdb_bind_set_error(duckdb_bind_info, const char *);
void *duckdb_init_get_bind_data(duckdb_init_info);
void duckdb_init_set_init_data(duckdb_init_info, void *, duckdb_delete_callback_t);
idx_t duckdb_init_get_column_count(duckdb_init_info);
idx_t duckdb_init_get_column_index(duckdb_init_info, idx_t);
void duckdb_init_set_max_threads(duckdb_init_info, idx_t);
void duckdb_init_set_error(duckdb_init_info, const char *);
void *duckdb_function_get_init_data(duckdb_function_info);
void *duckdb_function_get_local_init_data(duckdb_function_info);
void duckdb_function_set_error(duckdb_function_info, const char *);

// Scalar functions.

duckdb_scalar_function duckdb_create_scalar_function(void);
void duckdb_destroy_scalar_function(duckdb_scalar_function *);
void duckdb_scalar_function_set_name(duckdb_scalar_function, const char *);
void duckdb_scalar_function_add_parameter(duckdb_scalar_function, duckdb_logical_type);
void duckdb_scalar_function_set_varargs(duckdb_scalar_function, duckdb_logical_type);
void duckdb_scalar_function_set_return_type(duckdb_scalar_function, duckdb_logical_type);
void duckdb_scalar_function_set_special_handling(duckdb_scalar_function);
void duckdb_scalar_function_set_volatile(duckdb_scalar_function);
void duckdb_scalar_function_set_extra_info(duckdb_scalar_function, void *,
    duckdb_delete_callback_t);
void duckdb_scalar_function_set_function(duckdb_scalar_function, duckdb_scalar_function_t);
void *duckdb_scalar_function_get_extra_info(duckdb_function_info);
void duckdb_scalar_function_set_error(duckdb_function_info, const char *);
duckdb_state duckdb_register_scalar_function(duckdb_connection, duckdb_scalar_function);

#endif
