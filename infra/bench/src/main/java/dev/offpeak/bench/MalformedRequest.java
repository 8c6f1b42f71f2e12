package dev.offpeak.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One request that the API must refuse.
///
/// @param headers name, value, name, value …; where no Authorization is among them the caller's key is sent
/// @param declaredLength of a body announced and not sent, or -1: such a request must be refused unread
record MalformedRequest(
        String name, String method, String path, List<String> headers, byte[] body, long declaredLength) {

    static final String JSON = "application/json";

    /// What other tenants own, for requests about it.
    record Foreign(String key, String job) {}

    /// Every case. None is valid, each for one reason.
    static List<MalformedRequest> all(Foreign foreign) {
        var cases = new ArrayList<MalformedRequest>();
        encodings(cases);
        shapes(cases);
        types(cases);
        sizes(cases);
        meanings(cases);
        webhooks(cases);
        templates(cases);
        headers(cases);
        queries(cases);
        others(cases, foreign);
        return List.copyOf(cases);
    }

    private static void encodings(List<MalformedRequest> cases) {
        cases.add(raw("empty body", ""));
        cases.add(raw("blank body", "   \n"));
        cases.add(raw("not JSON", "prompt=hello"));
        cases.add(raw("cut-off JSON", "{\"workflow\":\"classify\",\"prompt\":\"hel"));
        cases.add(raw("two JSON documents", "{\"prompt\":\"a\",\"workflow\":\"classify\"} {}"));
        cases.add(raw("trailing comma", "{\"workflow\":\"classify\",\"prompt\":\"a\",}"));
        cases.add(raw("comment in JSON", "{/* hi */\"workflow\":\"classify\",\"prompt\":\"a\"}"));
        cases.add(raw("NaN as a number", "{\"workflow\":\"classify\",\"prompt\":\"a\",\"temperature\":NaN}"));
        cases.add(raw("one field twice", "{\"workflow\":\"classify\",\"prompt\":\"a\",\"prompt\":\"b\"}"));
        cases.add(bytes("invalid UTF-8", new byte[] {
            '{', '"', 'p', 'r', 'o', 'm', 'p', 't', '"', ':', '"', (byte) 0xC3, (byte) 0x28, '"', '}'
        }));
        cases.add(bytes(
                "UTF-16 body", "{\"workflow\":\"classify\",\"prompt\":\"a\"}".getBytes(StandardCharsets.UTF_16LE)));
        cases.add(bytes(
                "ISO-8859-1 body",
                "{\"workflow\":\"classify\",\"prompt\":\"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1)));
        cases.add(raw("lone surrogate in prompt", "{\"workflow\":\"classify\",\"prompt\":\"\\ud800\"}"));
        cases.add(raw("NUL in prompt", "{\"workflow\":\"classify\",\"prompt\":\"a\\u0000b\"}"));
        cases.add(raw("nested 5,000 deep", "[".repeat(5_000) + "]".repeat(5_000)));
    }

    private static void shapes(List<MalformedRequest> cases) {
        cases.add(raw("body is an array", "[]"));
        cases.add(raw("body is a string", "\"classify\""));
        cases.add(raw("body is null", "null"));
        cases.add(raw("empty object", "{}"));
        cases.add(job("unknown field", job -> job.put("promt", "a")));
        cases.add(job(
                "unknown field inside webhook",
                job -> webhook(job, "https://example.com/h").put("sekret", "x")));
        cases.add(job(
                "unknown field in a message", job -> message(job, "user", "a").put("colour", "red")));
        cases.add(job("field in another case", job -> job.put("Workflow", "classify")));
        cases.add(job("both prompt and messages", job -> {
            message(job, "user", "a");
            job.put("prompt", "a");
        }));
        cases.add(job("prompt and template", job -> job.putObject("template").put("name", "t")));
        cases.add(job("neither prompt nor messages", job -> job.remove("prompt")));
        cases.add(job("no messages in messages", job -> {
            job.remove("prompt");
            job.putArray("messages");
        }));
    }

    private static void types(List<MalformedRequest> cases) {
        cases.add(job("prompt is a number", job -> job.put("prompt", 7)));
        cases.add(job("prompt is null", job -> job.putNull("prompt")));
        cases.add(job("prompt is an object", job -> job.putObject("prompt")));
        cases.add(job("workflow is a number", job -> job.put("workflow", 1)));
        cases.add(job("workflow is a list", job -> job.putArray("workflow").add("classify")));
        cases.add(job("messages is a string", job -> {
            job.remove("prompt");
            job.put("messages", "hello");
        }));
        cases.add(
                job("message without content", job -> message(job, "user", "a").remove("content")));
        cases.add(job("message without role", job -> message(job, "user", "a").remove("role")));
        cases.add(job("message role unknown", job -> message(job, "wizard", "a")));
        cases.add(
                job("message content a number", job -> message(job, "user", "a").put("content", 3)));
        cases.add(job("max_output_tokens is a string", job -> job.put("max_output_tokens", "many")));
        cases.add(job("max_output_tokens is a fraction", job -> job.put("max_output_tokens", 1.5)));
        cases.add(job("temperature is a string", job -> job.put("temperature", "warm")));
        cases.add(job("metadata is a list", job -> job.putArray("metadata")));
        cases.add(job(
                "metadata value is an object", job -> job.putObject("metadata").putObject("a")));
        cases.add(job("tags is a string", job -> job.put("tags", "spring")));
        cases.add(job("tag is a number", job -> job.putArray("tags").add(1)));
        cases.add(job("response_format is a string", job -> job.put("response_format", "json")));
        cases.add(job("max_cost_usd is no number", job -> job.put("max_cost_usd", "cheap")));
        cases.add(job("deadline is a number", job -> job.put("deadline", 900)));
    }

    private static void sizes(List<MalformedRequest> cases) {
        cases.add(job("body over 1 MiB", job -> job.put("prompt", "a".repeat(1_100_000))));
        cases.add(new MalformedRequest(
                "2 GB announced, nothing sent", "POST", "/v1/jobs", type(JSON), new byte[0], 2_000_000_000L));
        cases.add(job("empty prompt", job -> job.put("prompt", "")));
        cases.add(job("blank prompt", job -> job.put("prompt", "  \n ")));
        cases.add(job("max_output_tokens is 0", job -> job.put("max_output_tokens", 0)));
        cases.add(job("max_output_tokens is negative", job -> job.put("max_output_tokens", -1)));
        cases.add(job("max_output_tokens past every number", job -> job.put("max_output_tokens", 99_999_999_999L)));
        cases.add(job("temperature is 3", job -> job.put("temperature", 3)));
        cases.add(job("temperature is negative", job -> job.put("temperature", -0.1)));
        cases.add(job("max_cost_usd is negative", job -> job.put("max_cost_usd", "-1")));
        cases.add(job("a workflow name of 10,000 letters", job -> job.put("workflow", "w".repeat(10_000))));
        cases.add(job("a user of 10,000 letters", job -> job.put("user", "u".repeat(10_000))));
        cases.add(job("a thousand tags", job -> {
            var tags = job.putArray("tags");
            for (int i = 0; i < 1_000; i++) {
                tags.add("t" + i);
            }
        }));
        cases.add(job("metadata of 100 kB", job -> job.putObject("metadata").put("a", "x".repeat(100_000))));
    }

    private static void meanings(List<MalformedRequest> cases) {
        cases.add(job("unknown workflow", job -> job.put("workflow", "no-such-workflow")));
        cases.add(job("empty workflow", job -> job.put("workflow", "")));
        cases.add(job("unknown type", job -> job.put("type", "dance")));
        cases.add(job("type of another endpoint", job -> job.put("type", "export")));
        cases.add(job("unknown quality", job -> job.put("quality", "best")));
        cases.add(job("unknown cache mode", job -> job.put("cache", "sometimes")));
        cases.add(job("unknown plan", job -> job.put("plan", "gold")));
        cases.add(job("deadline is no duration", job -> job.put("deadline", "soon")));
        cases.add(job("deadline in the past", job -> job.put("deadline", "2020-01-01T00:00:00Z")));
        cases.add(job("deadline of no length", job -> job.put("deadline", "PT0S")));
        cases.add(job("negative deadline", job -> job.put("deadline", "-PT5M")));
        cases.add(job("deadline past P7D", job -> job.put("deadline", "P8D")));
        cases.add(job(
                "response_format of unknown type",
                job -> job.putObject("response_format").put("type", "yaml")));
        cases.add(job(
                "json_schema without a schema",
                job -> job.putObject("response_format").put("type", "json_schema")));
    }

    private static void webhooks(List<MalformedRequest> cases) {
        cases.add(job(
                "webhook without url",
                job -> job.putObject("webhook").put("secret", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4")));
        cases.add(job("webhook url is no url", job -> webhook(job, "not a url")));
        cases.add(job("webhook url of another scheme", job -> webhook(job, "ftp://example.com/h")));
        cases.add(job("webhook url file", job -> webhook(job, "file:///etc/passwd")));
        cases.add(job("webhook url with a password", job -> webhook(job, "https://user:pw@example.com/h")));
        cases.add(job("webhook url plain http outside", job -> webhook(job, "http://example.com/h")));
        cases.add(job("webhook url on another port", job -> webhook(job, "https://example.com:22/h")));
        cases.add(job("webhook url into a private range", job -> webhook(job, "https://10.0.0.1/h")));
        cases.add(job("webhook url to link-local metadata", job -> webhook(job, "http://169.254.169.254/latest")));
        cases.add(job("webhook url is a number", job -> webhook(job, "x").put("url", 3)));
        cases.add(job(
                "webhook secret too short",
                job -> webhook(job, "https://example.com/h").put("secret", "abc")));
    }

    private static void templates(List<MalformedRequest> cases) {
        cases.add(job("unknown template", job -> {
            job.remove("prompt");
            job.putObject("template").put("name", "no-such-template").putObject("params");
        }));
        cases.add(job("template without name", job -> {
            job.remove("prompt");
            job.putObject("template").putObject("params");
        }));
        cases.add(job("template is a string", job -> {
            job.remove("prompt");
            job.put("template", "pd-v1");
        }));
    }

    private static void headers(List<MalformedRequest> cases) {
        MalformedRequest valid = job("valid", _ -> {});
        cases.add(valid.with("content type text/plain", headers -> type("text/plain")));
        cases.add(valid.with("content type form", headers -> type("application/x-www-form-urlencoded")));
        cases.add(valid.with("content type not there", _ -> List.of()));
        cases.add(valid.with("content encoding unknown", headers -> and(headers, "Content-Encoding", "br")));
        cases.add(valid.with("empty Idempotency-Key", headers -> and(headers, "Idempotency-Key", "")));
        cases.add(valid.with(
                "Idempotency-Key of 1,000 letters", headers -> and(headers, "Idempotency-Key", "k".repeat(1_000))));
        cases.add(valid.with("no key", headers -> and(headers, "Authorization", "")));
        cases.add(valid.with("a wrong key", headers -> and(headers, "Authorization", "Bearer op_wrong_key_of_nobody")));
        cases.add(valid.with("basic authentication", headers -> and(headers, "Authorization", "Basic YTpi")));
        cases.add(new MalformedRequest("PUT on jobs", "PUT", "/v1/jobs", valid.headers, valid.body, -1));
        cases.add(new MalformedRequest("DELETE on jobs", "DELETE", "/v1/jobs", List.of(), new byte[0], -1));
        cases.add(new MalformedRequest("a path of nobody", "POST", "/v1/jobz", valid.headers, valid.body, -1));
    }

    private static void queries(List<MalformedRequest> cases) {
        cases.add(get("limit is a word", "/v1/jobs?limit=many"));
        cases.add(get("limit is 0", "/v1/jobs?limit=0"));
        cases.add(get("limit over 1,000", "/v1/jobs?limit=1001"));
        cases.add(get("a cursor of nobody", "/v1/jobs?after=%00garbage"));
        cases.add(get("unknown status", "/v1/jobs?status=sleeping"));
        cases.add(get("unknown parameter", "/v1/jobs?colour=red"));
        cases.add(get("an id that is none", "/v1/jobs/1"));
        cases.add(get("an id of another kind", "/v1/jobs/we_01jd0000000000000000000000"));
        cases.add(get("an id that quotes", "/v1/jobs/job_'%20OR%201=1--"));
        cases.add(get("wait is a word", "/v1/jobs/job_01jd0000000000000000000000?wait=long"));
        cases.add(get("ledger of a bad instant", "/v1/ledger?from=yesterday"));
        cases.add(post("cancel an id that is none", "/v1/jobs/1/cancel"));
    }

    private static void others(List<MalformedRequest> cases, Foreign foreign) {
        cases.add(get("another tenant's job", "/v1/jobs/" + foreign.job));
        cases.add(post("cancel another tenant's job", "/v1/jobs/" + foreign.job + "/cancel"));
        cases.add(new MalformedRequest(
                "operator's endpoint with a plain key",
                "POST",
                "/v1/tenants",
                List.of("Content-Type", JSON, "Authorization", "Bearer " + foreign.key),
                "{\"name\":\"mine\"}".getBytes(StandardCharsets.UTF_8),
                -1));
    }

    private MalformedRequest with(String otherName, UnaryOperator<List<String>> change) {
        return new MalformedRequest(otherName, method, path, change.apply(headers), body, declaredLength);
    }

    private static MalformedRequest job(String name, Consumer<ObjectNode> change) {
        ObjectNode job = Json.object().put("workflow", "classify").put("prompt", "hello");
        change.accept(job);
        return bytes(name, Json.bytes(job));
    }

    private static MalformedRequest raw(String name, String body) {
        return bytes(name, body.getBytes(StandardCharsets.UTF_8));
    }

    private static MalformedRequest bytes(String name, byte[] body) {
        return new MalformedRequest(name, "POST", "/v1/jobs", type(JSON), body, -1);
    }

    private static MalformedRequest get(String name, String path) {
        return new MalformedRequest(name, "GET", path, List.of(), new byte[0], -1);
    }

    private static MalformedRequest post(String name, String path) {
        return new MalformedRequest(name, "POST", path, List.of(), new byte[0], -1);
    }

    private static ObjectNode webhook(ObjectNode job, String url) {
        return job.putObject("webhook").put("url", url);
    }

    private static ObjectNode message(ObjectNode job, String role, String content) {
        job.remove("prompt");
        JsonNode messages = job.path("messages");
        var list = messages.isArray() ? messages.asArray() : job.putArray("messages");
        return list.addObject().put("role", role).put("content", content);
    }

    private static List<String> type(String contentType) {
        return List.of("Content-Type", contentType);
    }

    private static List<String> and(List<String> headers, String name, String value) {
        var more = new ArrayList<>(headers);
        more.addAll(List.of(name, value));
        return List.copyOf(more);
    }
}
