// The Files of a model whose shape is that of fuzz/tiny_config.h; all its weights are zero.

const CONFIG = { model_type: 'llama', architectures: ['LlamaForCausalLM'], vocab_size: 6, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2,
  num_key_value_heads: 1, head_dim: 4, intermediate_size: 12, max_position_embeddings: 64, rms_norm_eps: 1e-6, rope_theta: 10000, tie_word_embeddings: true, hidden_act: 'silu' };
const LAYER = 'model.layers.0.';
/** @type {Record<string, number[]>} */
const SHAPES = {
  'model.embed_tokens.weight': [6, 8], 'model.norm.weight': [8], [`${LAYER}input_layernorm.weight`]: [8], [`${LAYER}post_attention_layernorm.weight`]: [8],
  [`${LAYER}self_attn.q_proj.weight`]: [8, 8], [`${LAYER}self_attn.k_proj.weight`]: [4, 8], [`${LAYER}self_attn.v_proj.weight`]: [4, 8], [`${LAYER}self_attn.o_proj.weight`]: [8, 8],
  [`${LAYER}mlp.gate_proj.weight`]: [12, 8], [`${LAYER}mlp.up_proj.weight`]: [12, 8], [`${LAYER}mlp.down_proj.weight`]: [8, 12],
};

/** @returns {File[]} */
export function tinyModel() {
  /** @type {Record<string, object>} */
  const header = {};
  let at = 0;
  for (const [name, shape] of Object.entries(SHAPES)) {
    const bytes = 4 * shape.reduce((product, dim) => product * dim, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const text = new TextEncoder().encode(JSON.stringify(header)), length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(text.length), true);
  return [new File([JSON.stringify(CONFIG)], 'config.json'), new File([length, text, new Uint8Array(at)], 'model.safetensors')];
}
