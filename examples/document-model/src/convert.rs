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
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use candle_core::Tensor;

    use super::*;

    #[test]
    fn slow_numbers_become_fast_ones_and_stay_what_they_are() -> Result<()> {
        let folder = tempfile::tempdir().expect("a folder");
        let [from, to] = ["from.gguf", "to.gguf"].map(|name| folder.path().join(name));
        let device = Device::Cpu;
        let numbers = Tensor::randn(0f32, 1f32, (4, 256), &device)?;
        let kinds = [
            GgmlDType::Q5_0,
            GgmlDType::Q4_1,
            GgmlDType::Q4K,
            GgmlDType::F32,
        ];
        let names = ["a", "b", "c", "d"];
        let tensors: Result<Vec<_>> = kinds
            .iter()
            .map(|kind| QTensor::quantize(&numbers, *kind))
            .collect();
        let tensors = tensors?;
        let named: Vec<_> = names.into_iter().zip(&tensors).collect();
        let value = gguf_file::Value::U32(7);
        gguf_file::write(&mut File::create(&from)?, &[("kept", &value)], &named)?;

        convert(&from, &to)?;

        let mut file = File::open(&to)?;
        let content = gguf_file::Content::read(&mut file)?;
        assert_eq!(content.metadata["kept"].to_u32()?, 7);
        let fast = [
            GgmlDType::Q8_0,
            GgmlDType::Q8_0,
            GgmlDType::Q4K,
            GgmlDType::F32,
        ];
        for ((name, before), kind) in named.iter().zip(fast) {
            let after = content.tensor(&mut file, name, &device)?;
            assert_eq!(after.dtype(), kind, "{name}");
            let difference = (after.dequantize(&device)? - before.dequantize(&device)?)?;
            let largest = difference.abs()?.max_all()?.to_scalar::<f32>()?;
            assert!(largest < 0.02, "{name}: {largest}");
        }
        Ok(())
    }
}
