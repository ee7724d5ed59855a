//! probe
use candle_core::{Device, IndexOp, Tensor, quantized::gguf_file};
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use candle_transformers::models::{quantized_gemma3, quantized_llama, quantized_qwen2};
enum M { G(quantized_gemma3::ModelWeights), L(quantized_llama::ModelWeights), Q(quantized_qwen2::ModelWeights) }
impl M { fn f(&mut self, x:&Tensor, p:usize)->candle_core::Result<Tensor>{ match self {M::G(m)=>m.forward(x,p),M::L(m)=>m.forward(x,p),M::Q(m)=>m.forward(x,p)} } }
struct Spm { ids: std::collections::HashMap<String,(u32,f32)>, toks: Vec<String> }
impl Spm {
  fn enc(&self, t:&str)->Vec<u32>{ let t=t.replace(' ',"\u{2581}"); let mut p:Vec<String>=t.chars().map(|c|c.to_string()).collect();
    loop { let mut best=None; for i in 0..p.len().saturating_sub(1){ let j=format!("{}{}",p[i],p[i+1]); if let Some((_,s))=self.ids.get(&j){ if best.is_none_or(|(_,b)|*s>b){best=Some((i,*s));} } }
      match best {None=>break,Some((i,_))=>{let r=p.remove(i+1);p[i].push_str(&r);} } }
    p.iter().flat_map(|s| match self.ids.get(s){Some((i,_))=>vec![*i],None=>s.bytes().map(|b|self.ids[&format!("<0x{b:02X}>")].0).collect()}).collect() }
}
#[allow(clippy::all, clippy::pedantic, clippy::disallowed_types)]
fn main()->anyhow::Result<()>{
  let a:Vec<String>=std::env::args().collect();
  let n:usize=a[3].parse()?; let temp:f64=a[4].parse()?;
  let prompt=std::fs::read_to_string(&a[2])?;
  let d=Device::Cpu; let t0=std::time::Instant::now();
  let mut f=std::fs::File::open(&a[1])?; let ct=gguf_file::Content::read(&mut f)?;
  let arch=ct.metadata["general.architecture"].to_string()?.clone();
  let eos=ct.metadata["tokenizer.ggml.eos_token_id"].to_u32()?;
  let toks:Vec<String>=ct.metadata["tokenizer.ggml.tokens"].to_vec()?.iter().map(|v|v.to_string().unwrap().clone()).collect();
  let (ids,hf,spm)= if arch=="gemma3" { let sc:Vec<f32>=ct.metadata["tokenizer.ggml.scores"].to_vec()?.iter().map(|v|v.to_f32().unwrap()).collect();
     let ids=toks.iter().cloned().zip(sc).enumerate().map(|(i,(t,s))|(t,(i as u32,s))).collect(); let s=Spm{ids,toks:toks.clone()}; let mut e=vec![2u32]; e.extend(s.enc(prompt.trim_end())); (e,None,Some(s)) }
   else { let t=tokenizers::Tokenizer::from_gguf(&ct)?; let e=t.encode(prompt.as_str(),false).map_err(anyhow::Error::msg)?; (e.get_ids().to_vec(),Some(t),None) };
  let mut m=match arch.as_str(){"gemma3"=>M::G(quantized_gemma3::ModelWeights::from_gguf(ct,&mut f,&d)?),"llama"=>M::L(quantized_llama::ModelWeights::from_gguf(ct,&mut f,&d)?),_=>M::Q(quantized_qwen2::ModelWeights::from_gguf(ct,&mut f,&d)?)};
  eprintln!("load {:?}, prompt {} tokens", t0.elapsed(), ids.len());
  let mut lp=candle_transformers::generation::LogitsProcessor::from_sampling(1, if temp==0.0 {candle_transformers::generation::Sampling::ArgMax} else {candle_transformers::generation::Sampling::TopP{p:0.9,temperature:temp}});
  let t0=std::time::Instant::now(); let x=Tensor::new(ids.as_slice(),&d)?.unsqueeze(0)?; let mut l=m.f(&x,0)?; let tp=t0.elapsed();
  let mut out=vec![]; let mut all=ids.clone(); let t1=std::time::Instant::now();
  for i in 0..n { let lg=l.i(0)?; let lg=candle_transformers::utils::apply_repeat_penalty(&lg,1.1,&all[all.len().saturating_sub(64)..])?; let t=lp.sample(&lg)?; if t==eos {break;} if arch=="gemma3" && (t==106) {break;} out.push(t); all.push(t); l=m.f(&Tensor::new(&[t],&d)?.unsqueeze(0)?, ids.len()+i)?; }
  let e=t1.elapsed();
  let text=match (&hf,&spm){(Some(t),_)=>t.decode(&out,true).map_err(anyhow::Error::msg)?,(_,Some(s))=>out.iter().map(|i|s.toks[*i as usize].replace('\u{2581}'," ")).collect(),_=>unreachable!()};
  println!("{text}"); eprintln!("prefill {:?} ({:.0} t/s), {} tokens {:.1} t/s", tp, ids.len() as f64/tp.as_secs_f64(), out.len(), out.len() as f64/e.as_secs_f64());
  Ok(())
}
