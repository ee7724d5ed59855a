//! The description of one endpoint.

use axum::http::StatusCode;
use fast_temporal_protocol::{
    ErrorBody, ErrorCode,
    schemars::{
        JsonSchema, SchemaGenerator,
        generate::{Contract, SchemaSettings},
    },
};
use serde_json::{Map, Value, json};

use super::{error_response, parameter};

/// Where the document keeps schemas.
const SCHEMAS: &str = "/components/schemas";

/// An endpoint of the API, with the schemas that it refers to.
pub(crate) struct Endpoint {
    method: &'static str,
    path: &'static str,
    fields: Value,
    parameters: Vec<Value>,
    requests: SchemaGenerator,
    responses: SchemaGenerator,
}

impl Endpoint {
    /// A `GET` endpoint.
    pub(crate) fn get(path: &'static str, id: &str, tag: &str) -> Self {
        Self::new("get", path, id, tag)
    }

    /// A `POST` endpoint.
    pub(crate) fn post(path: &'static str, id: &str, tag: &str) -> Self {
        Self::new("post", path, id, tag)
    }

    /// The path determines its own parameters.
    fn new(method: &'static str, path: &'static str, id: &str, tag: &str) -> Self {
        let workflow_id = path.contains("{id}").then(parameter::workflow_id);
        let message_name = path.contains("{name}").then(parameter::message_name);
        Self {
            method,
            path,
            fields: json!({"operationId": id, "tags": [tag], "responses": {}}),
            parameters: workflow_id.into_iter().chain(message_name).collect(),
            requests: generator(Contract::Deserialize),
            responses: generator(Contract::Serialize),
        }
    }

    /// The path template.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Sets what it does: in a few words, and in sentences.
    pub(crate) fn describe(mut self, summary: &str, description: &str) -> Self {
        self.fields["summary"] = summary.into();
        if !description.is_empty() {
            self.fields["description"] = description.into();
        }
        self
    }

    /// Adds parameters.
    pub(crate) fn parameters(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// Adds the fields of a request type as query parameters.
    pub(crate) fn query<T: JsonSchema>(mut self) -> Self {
        self.requests.subschema_for::<T>();
        let mut schemas = self.requests.take_definitions(true);
        let own = schemas.remove(&*T::schema_name()).unwrap_or_default();
        self.requests.definitions_mut().append(&mut schemas);
        let properties = own["properties"].as_object().cloned();
        let parameters: Vec<_> = properties
            .unwrap_or_default()
            .into_iter()
            .map(|(name, schema)| parameter::of_field(&name, schema))
            .collect();
        self.parameters(parameters)
    }

    /// Sets the JSON body, which can be left out unless it is required.
    pub(crate) fn body<T: JsonSchema>(mut self, is_required: bool, example: Value) -> Self {
        let schema = self.requests.subschema_for::<T>();
        let mut content = json!({"application/json": {"schema": schema}});
        content["application/json"]["example"] = example;
        self.fields["requestBody"] = json!({"content": content});
        if is_required {
            self.fields["requestBody"]["required"] = true.into();
        }
        self
    }

    /// Adds the response 200 with JSON of this type.
    pub(crate) fn ok<T: JsonSchema>(self, description: &str, example: Value) -> Self {
        self.response::<T>(StatusCode::OK, description, example)
    }

    /// Adds the response 201 with JSON of this type.
    pub(crate) fn created<T: JsonSchema>(self, description: &str, example: Value) -> Self {
        self.response::<T>(StatusCode::CREATED, description, example)
    }

    fn response<T: JsonSchema>(
        mut self,
        status: StatusCode,
        description: &str,
        example: Value,
    ) -> Self {
        let mut content = json!({"schema": self.responses.subschema_for::<T>()});
        if !example.is_null() {
            content["example"] = example;
        }
        let content = json!({"application/json": content});
        self.other_response(
            status,
            json!({"description": description, "content": content}),
        )
    }

    /// Adds a response that is described in full.
    pub(crate) fn other_response(mut self, status: StatusCode, response: Value) -> Self {
        self.fields["responses"][status.as_str()] = response;
        self
    }

    /// Adds a header to a response.
    pub(crate) fn response_header(mut self, status: StatusCode, name: &str, about: &str) -> Self {
        let header = json!({"description": about, "schema": {"type": "string"}});
        self.fields["responses"][status.as_str()]["headers"] = json!({ (name): header });
        self
    }

    /// Adds the schema of a type.
    pub(crate) fn schema<T: JsonSchema>(mut self) -> Self {
        self.responses.subschema_for::<T>();
        self
    }

    /// Adds the errors with these codes, by status.
    pub(crate) fn errors(mut self, groups: &[&[ErrorCode]]) -> Self {
        for (status, codes) in error_response::by_status(groups) {
            self = self.errors_with_status(status, &codes);
        }
        self
    }

    /// Adds errors that all have one status.
    pub(crate) fn errors_with_status(self, status: StatusCode, codes: &[ErrorCode]) -> Self {
        self.other_response(status, error_response::response(status, codes))
    }

    /// Declares that it needs no credentials.
    pub(crate) fn without_credentials(mut self) -> Self {
        self.fields["security"] = json!([{}]);
        self
    }

    /// Adds the endpoint to a document's paths, and its schemas to those of requests and responses.
    pub(super) fn add_to(
        mut self,
        paths: &mut Map<String, Value>,
        requests: &mut Map<String, Value>,
        responses: &mut Map<String, Value>,
    ) {
        if !self.parameters.is_empty() {
            self.fields["parameters"] = self.parameters.into();
        }
        let item = paths.entry(self.path).or_insert_with(|| json!({}));
        item[self.method] = self.fields;
        self.responses.subschema_for::<ErrorBody>();
        requests.append(&mut self.requests.take_definitions(true));
        responses.append(&mut self.responses.take_definitions(true));
        responses.insert("Error".to_owned(), error_response::envelope());
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.contract = contract;
        })
        .into_generator()
}
