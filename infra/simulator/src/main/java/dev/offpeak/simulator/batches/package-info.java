/// Files and batches, for any provider: the clock of a batch, what becomes of each line, and what is left of
/// both when the process dies.
///
/// What was decided (created, validated, cancelled, ended, file stored) is a note in the journal; a note is the
/// moment at which it happened. What is large lies in files beside it: `files/<id>` holds an upload,
/// `batches/<id>/input.jsonl` the lines, `results.log` what became of each of them in their order, and
/// `output.jsonl` and `error.jsonl` what clients download. Lines and log go once the batch is over; a folder that
/// no note speaks of is removed at start.
///
/// A line runs once. Lines are decided one after the other, so what the log holds is done and what it does not
/// hold was never begun. A stretch of lines is first written to the log, then to the journal, then shown; after
/// a crash between the first two the journal is given what it lacks, which is the log's tail.
///
/// # How a batch behaves
///
/// `PUT /_sim/behaviour` takes these under `batch`; what is set when a batch is created holds for its life, but
/// for `stall`: `false` lets all go on that stall. Rates are drawn for each batch, and for each line of it, anew.
///
/// Time. Validation and the writing of files take a tenth of the whole, unless they are set.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `seconds_to_complete` | 2 | from creation to the end; lines run evenly in between |
/// | `seconds_sigma` | 0 | spreads that length from batch to batch, lognormally |
/// | `validation_seconds`, `finalizing_seconds`, `cancel_seconds` | null | a tenth of it, at most 3, 2, 2 |
/// | `expire_after_seconds` | null: a day | expires then, in any case, with half done |
/// | `stall`, `stall_in` | false, `in_progress` | waits there; or in `validating`, `finalizing` |
/// | `cancel_finishes_rate` | 0 | lines that still run after a cancel |
///
/// Lines. One half of a batch that expires is one half exactly; a stalled one expires with nothing done.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `line_error_rate`, `line_error_status` | 0, 500 | the provider's error of that status, unbilled |
/// | `line_lost_rate` | 0 | neither runs, nor is billed, nor appears; Anthropic counts it as errored |
/// | `line_timeout_rate` | 0 | `request_timeout`, unbilled |
/// | `line_status_zero_rate` | 0 | ran and is billed, with `status_code` 0 |
/// | `credit_exhausted` | false | Anthropic: all lines err for want of credit |
/// | `pause_turn_rate` | 0 | Anthropic: ends with `pause_turn` |
/// | `split_answer_rate` | 0 | Responses: reasoning, then the words in two messages |
/// | `prompt_cache` | `measured` | Anthropic; see below |
///
/// The prompt cache of Anthropic's batches, as it was `measured`: lines of one batch never read what the others
/// wrote, a batch reads what batches wrote that had ended before it was created, and single messages do not
/// help. `measured_with_sync` lets them help 16 % of the lines, `documented` hits 30 to 98 % of any batch.
/// OpenAI's cache serves batches from GPT-5 on, and is the one of single calls.
///
/// Refusals.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `enqueued_token_limit` | null | OpenAI: for each model; counted where there is a limit |
/// | `token_limit_as` | `failed` | or refused at creation with `400`, `429` |
/// | `token_limit_jam` | false | the tokens of this batch stay in the queue for ever |
/// | `queue_limit` | null | Anthropic: requests in the queue, of all models |
/// | `max_lines`, `max_file_bytes` | null (the provider's), 209715200 | |
/// | `unknown_file`, `duplicate_custom_id` | `refused`, `failed` | at creation, or in validation |
/// | `stream_in_line` | `failed` | the batch; or `line_error` |
/// | `creations_per_hour`, `uploads_per_minute` | null | OpenAI's own are 2,000 and 1,000 |
/// | `retry_after` | `seconds` | of any 429; or `date`, `ms`, `none` |
///
/// Answers that lie, come late, or never.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `create_fails_after_creating_rate`, `create_fails_with` | 0, `error` | or `cut`, `hang`; the batch is there |
/// | `upload_fails_after_storing_rate` | 0 | the file is there |
/// | `create_answer_delay_seconds` | 0 | the batch is there meanwhile |
/// | `list_lag_seconds`, `get_lag_seconds` | 0 | after creation, not in the list, or 404 |
/// | `vanish_rate` | 0 | is gone once it would run, and never runs; `GET /_sim/batches` still knows it |
/// | `unheard_status`, `extra_fields` | null, false | a status while it runs; fields nobody knows |
/// | `output_file_delay_seconds` | 0 | `completed` without its output file's id |
/// | `file_content_404_seconds` | 0 | the id is there, the content is not |
/// | `error_file_blank`, `error_file_missing` | false | `""` instead of null; no file though lines failed |
/// | `download_cut_rate` | 0 | half of the bytes; as set when the download begins |
/// | `results_kept_seconds` | 29 days | Anthropic: from creation |
/// | `files_kept_seconds` | 30 days | OpenAI: from creation of the file; the present setting holds for all |
/// | `result_order` | `shuffled` | or `input` |
/// | `result_duplicate_rate`, `result_unknown_id_rate`, `result_malformed_rate` | 0 | |
/// | `result_crlf`, `result_blank_last_line` | false | |
/// | `faults` | [] | see below |
///
/// Webhooks, for OpenAI's batches that have a URL.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `webhook_url` | null | gets `batch.completed`, `failed`, `expired`, `cancelled` |
/// | `webhook_secret` | `whsec_b2ZmcGVhay1zaW11bGF0b3Itd2ViaG9vaw==` | Standard Webhooks 1.0 |
/// | `webhook_delay_seconds`, `webhook_retry_seconds` | 0, 1 | retries double up to an hour, for 72 hours |
/// | `webhook_lost_rate`, `webhook_duplicate_rate`, `webhook_bad_signature_rate` | 0 | |
/// | `webhook_two_signatures`, `webhook_stale` | false | another secret's first; 20 minutes old |
///
/// `faults` is a list of `{call, nth, times, effect, status}`: from the `nth` such call on (1), `times` calls
/// (1) meet the effect. Calls are `files.create|list|get|delete|content` and
/// `batches.create|list|get|cancel|delete|results`, of both providers together. Effects are `fail` with `status`
/// (500), `cut` and `hang`, each also as `…_after`, when the work has been done, and `wrong_type`. The count
/// starts anew with another list, a reset or a restart. A cut answer is a 200 whose body never comes.
///
/// `error_rate`, `error_status` and the latency hold for these calls too, `hang_rate` and `malformed_rate` not.
///
/// `flex_unavailable_rate` (0) is of calls on the flex tier, which shares the batches' capacity and price: 429
/// `Resource Unavailable`, and nothing ran. Models that think have that tier; others answer at the list price.
///
/// # What we chose
///
/// `calls.files` counts uploads. Lines that are lost count in neither `completed` nor `failed`; those that did
/// not run count as failed once the batch is over. Tokens of batches created without a limit count as a quarter
/// of their bytes. A cancel is refused with 409 from `finalizing` on (Anthropic: 400 once it ended). The results
/// of an Anthropic batch are 404 until it ended. Batches of other endpoints than chat completions, responses and
/// embeddings are refused. A restart empties the prompt caches, also of what a running batch has written.
@NullMarked
package dev.offpeak.simulator.batches;

import org.jspecify.annotations.NullMarked;
