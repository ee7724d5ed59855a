//! Makes of a model's file one that runs faster here.
//!
//! The runtime has fast routines for some kinds of quantised numbers and slow ones for others. The
//! slow kinds are written as 8 bits each, which loses nothing that was still there: the file gets
//! larger, and the model several times faster.

use std::{fs::File, io::BufWriter, path::Path};

use candle_core::{
    Device, Result,
    quantized::{GgmlDType, QTensor, gguf_file},
};

/// Whether the runtime's routines for these numbers are slow.
fn is_slow(kind: GgmlDType) -> bool {
    matches!(kind, GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1)
}

/// Reads a model's file, and writes the one that runs faster.
pub(crate) fn convert(from: &Path, to: &Path) -> Result<()> {
    let device = Device::Cpu;
    let mut source = File::open(from)?;
    let content = gguf_file::Content::read(&mut source)?;
    let mut tensors = Vec::new();
    for name in content.tensor_infos.keys() {
        let tensor = content.tensor(&mut source, name, &device)?;
        let tensor = if is_slow(tensor.dtype()) {
            QTensor::quantize(&tensor.dequantize(&device)?, GgmlDType::Q8_0)?
        } else {
            tensor
        };
        tensors.push((name.as_str(), tensor));
    }
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let metadata: Vec<_> = content
        .metadata
        .iter()
        .map(|(k, v)| (k.as_str(), v))
        .collect();
    let mut target = BufWriter::new(File::create(to)?);
    gguf_file::write(&mut target, &metadata, &tensors)?;
    target
        .into_inner()
        .map_err(|error| error.into_error())?
        .sync_all()?;
    Ok(())
}
