// Starts Swagger UI, which the script before this one has put into the window, on this site's own description.
const { SwaggerUIBundle: swagger } = /** @type {Window & { SwaggerUIBundle?: any }} */ (window);

swagger({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [swagger.presets.apis],
});
