package dev.offpeak.api.providers;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/provider-webhooks")
@Tag(name = "Provider webhooks")
class ProviderWebhookController {

    private final ProviderWebhookReceiver receiver;

    ProviderWebhookController(ProviderWebhookReceiver receiver) {
        this.receiver = receiver;
    }

    @PostMapping("/{provider}")
    @SecurityRequirements
    @Operation(
            summary = "An event from a provider. Signed, no API key",
            description = "Only a hint: the batch that it names is looked at at once. 404 while no secret of that"
                    + " provider is configured.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = @Content(mediaType = "application/json", schema = @Schema(type = "object"))))
    @ApiResponse(responseCode = "200", description = "Taken")
    Received receive(HttpServletRequest request, @PathVariable String provider) throws IOException {
        receiver.receive(request, provider);
        return new Received(true);
    }

    record Received(boolean received) {}
}
