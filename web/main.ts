import "./elements/nl-app.ts";
