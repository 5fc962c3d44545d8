/**
 * The directives of nginx 1.27 that are known here: where each may stand and how many
 * arguments it takes. Those without effect in a simulation are accepted. Source: nginx.org.
 */

/** m main, e events, h http, s server, u upstream, l location, i `if`. */
export type Context = "m" | "e" | "h" | "s" | "u" | "l" | "i" | "any";

export interface DirectiveRule {
  readonly contexts: string;
  readonly fewest: number;
  readonly most: number;
  readonly isBlock: boolean;
}

const MANY = 64;

/** `name contexts arguments [{]`; `2+` is two or more, `1-2` one or two. */
const TABLE = `
daemon m 1
master_process m 1
user m 1-2
worker_processes m 1
worker_rlimit_nofile m 1
worker_shutdown_timeout m 1
worker_priority m 1
worker_cpu_affinity m 1+
error_log mhsl 1+
pid m 1
lock_file m 1
env m 1
load_module m 1
pcre_jit m 1
thread_pool m 2-3
timer_resolution m 1
events m 0 {
http m 0 {
worker_connections e 1
use e 1
multi_accept e 1
accept_mutex e 1
accept_mutex_delay e 1
server hu 0+ {
upstream h 1 {
location sl 1-2 {
if sl 1+ {
types hsl 0 {
map h 2 {
limit_except l 1+ {
include any 1
listen s 1+
server_name s 1+
root hsli 1
alias l 1
index hsl 1+
try_files sl 2+
default_type hsl 1
charset hsli 1
add_header hsli 2-3
expires hsli 1-2
etag hsl 1
return sli 1-2
rewrite sli 2-3
set sli 2
break sli 0
error_page hsli 2+
internal l 0
autoindex hsl 1
autoindex_exact_size hsl 1
autoindex_localtime hsl 1
autoindex_format hsl 1
access_log hsli 1+
log_format h 2+
log_not_found hsl 1
open_log_file_cache hsl 1+
allow hsl 1
deny hsl 1
satisfy hsl 1
auth_basic hsl 1
auth_basic_user_file hsl 1
stub_status sl 0-1
proxy_pass li 1
proxy_set_header hsl 2
proxy_hide_header hsl 1
proxy_pass_header hsl 1
proxy_http_version hsl 1
proxy_connect_timeout hsl 1
proxy_read_timeout hsl 1
proxy_send_timeout hsl 1
proxy_redirect hsl 1-2
proxy_buffering hsl 1
proxy_buffer_size hsl 1
proxy_buffers hsl 2
proxy_busy_buffers_size hsl 1
proxy_request_buffering hsl 1
proxy_next_upstream hsl 1+
proxy_next_upstream_tries hsl 1
proxy_next_upstream_timeout hsl 1
proxy_intercept_errors hsl 1
proxy_cache hsl 1
proxy_cache_path h 2+
proxy_cache_valid hsl 1+
proxy_cache_bypass hsl 1+
proxy_no_cache hsl 1+
proxy_temp_path hsl 1-4
proxy_ssl_verify hsl 1
proxy_ssl_server_name hsl 1
proxy_ssl_name hsl 1
proxy_ssl_trusted_certificate hsl 1
proxy_set_body hsl 1
proxy_method hsl 1
client_body_temp_path hsl 1-4
fastcgi_temp_path hsl 1-4
uwsgi_temp_path hsl 1-4
scgi_temp_path hsl 1-4
client_max_body_size hsl 1
client_body_buffer_size hsl 1
client_body_timeout hsl 1
client_header_timeout hs 1
client_header_buffer_size hs 1
large_client_header_buffers hs 2
keepalive_timeout hslu 1-2
keepalive_requests hslu 1
keepalive u 1
send_timeout hsl 1
sendfile hsli 1
sendfile_max_chunk hsl 1
tcp_nopush hsl 1
tcp_nodelay hsl 1
reset_timedout_connection hsl 1
server_tokens hsl 1
server_name_in_redirect hsl 1
port_in_redirect hsl 1
absolute_redirect hsl 1
merge_slashes hs 1
ignore_invalid_headers hs 1
underscores_in_headers hs 1
types_hash_max_size hsl 1
types_hash_bucket_size hsl 1
server_names_hash_bucket_size h 1
server_names_hash_max_size h 1
variables_hash_max_size h 1
variables_hash_bucket_size h 1
map_hash_max_size h 1
map_hash_bucket_size h 1
resolver hsl 1+
resolver_timeout hsl 1
set_real_ip_from hsl 1
real_ip_header hsl 1
real_ip_recursive hsl 1
limit_conn hsl 2
limit_conn_zone h 2
limit_req hsl 1-3
limit_req_zone h 3-4
limit_rate hsli 1
limit_rate_after hsli 1
gzip hsli 1
gzip_types hsl 1+
gzip_comp_level hsl 1
gzip_min_length hsl 1
gzip_proxied hsl 1+
gzip_vary hsl 1
gzip_buffers hsl 2
gzip_disable hsl 1+
gzip_http_version hsl 1
gzip_static hsl 1
open_file_cache hsl 1-2
open_file_cache_valid hsl 1
open_file_cache_min_uses hsl 1
open_file_cache_errors hsl 1
disable_symlinks hsl 1-2
ssl_certificate hs 1
ssl_certificate_key hs 1
ssl_protocols hs 1+
ssl_ciphers hs 1
ssl_prefer_server_ciphers hs 1
ssl_session_cache hs 1-2
ssl_session_timeout hs 1
ssl_session_tickets hs 1
ssl_client_certificate hs 1
ssl_verify_client hs 1
ssl_dhparam hs 1
http2 hs 1
sub_filter hsl 2
sub_filter_once hsl 1
rewrite_log hsli 1
uninitialized_variable_warn hsli 1
recursive_error_pages hsl 1
chunked_transfer_encoding hsl 1
max_ranges hsl 1
if_modified_since hsl 1
msie_padding hsl 1
zone u 1-2
least_conn u 0
ip_hash u 0
hash u 1-2
random u 0-2
`;

function rangeOf(text: string): readonly [fewest: number, most: number] {
  if (text.endsWith("+")) return [Number(text.slice(0, -1)), MANY];
  const [fewest = "0", most = fewest] = text.split("-");
  return [Number(fewest), Number(most)];
}

function readTable(): ReadonlyMap<string, DirectiveRule> {
  const rules = new Map<string, DirectiveRule>();
  for (const line of TABLE.trim().split("\n")) {
    const [name = "", contexts = "", count = "0", brace] = line.split(" ");
    const [fewest, most] = rangeOf(count);
    rules.set(name, { contexts, fewest, most, isBlock: brace === "{" });
  }
  return rules;
}

export const DIRECTIVES = readTable();
