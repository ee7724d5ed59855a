//! On a real Temporal dev server, with the Python SDK.
