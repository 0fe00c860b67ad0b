// The requests of the engine. Written by scripts/write-requests.js from wasm/requests.def; do not edit.

/**
 * @typedef {object} Requests
 * @property {{ asked: { path: string }, answered: { model: number, format: string, family: string, layers: number, hidden: number, vocab: number, max_positions: number, parameters: number, chat: boolean } }} open_model
 * @property {{ asked: { path: string }, answered: { tokenizer: number, vocab: number, chat: boolean } }} open_tokenizer
 * @property {{ asked: { path: string }, answered: { format: string, samples?: number, tensors?: { name: string, dtype: string, shape: number[] }[], metadata?: Record<string, string> } }} inspect
 * @property {{ asked: { model: number, path: string }, answered: { adapter: number, rank: number, alpha: number, variant: 'lora' | 'rslora' | 'dora', targets: string[], pairs: number, parameters: number, base_model: string } }} load_adapter
 * @property {{ asked: { model?: number, tokenizer?: number, adapter?: number, generation?: number, check?: number, run?: number }, answered: {} }} close
 * @property {{ asked: { model?: number, tokenizer?: number, text?: string, parse_special?: boolean, add_special?: boolean, messages?: object[], add_generation_prompt?: boolean }, answered: { ids: number[], text?: string } }} tokenize
 * @property {{ asked: { model?: number, tokenizer?: number, ids: number[], skip_special?: boolean }, answered: { text: string } }} detokenize
 * @property {{ asked: { model?: number, tokenizer?: number, settings: object, documents: number, tokens: number }, answered: { samples: number, documents: number, tokens: number, train_rows: number, train_tokens: number, train_loss_tokens: number, val_rows: number, val_tokens: number, val_loss_tokens: number, truncated: number, row_use: number, context: number, preview: { line: number, tokens: number, held_out: boolean, cut: boolean, spans: { text: string, trained: boolean }[] }[] } }} corpus
 * @property {{ asked: { model: number, adapter?: number, run?: number, strength?: number, text?: string, ids?: number[], messages?: object[], max_tokens?: number, context: number, temperature?: number, top_k?: number, top_p?: number, min_p?: number, repetition_penalty?: number, seed?: number, stop?: string[] }, answered: { generation: number, prompt_tokens: number, prefill_tokens: number } }} generate
 * @property {{ asked: { generation: number }, answered: { over: boolean, unread?: number, prefill_s?: number, text?: string, id?: number, reason?: string, decode_s?: number } }} next_token
 * @property {{ asked: { model: number, settings: object }, answered: { eta_s: number, tokens_per_s: number, peak_bytes: number, flops_per_token: number, fits: boolean, reasons: string[], parameters: number, steps: number, recompute: boolean, samples: number, tokens: number } }} plan
 * @property {{ asked: { model: number, settings: object, checkpoint?: string }, answered: { run: number, parameters: number, steps: number, steps_done: number, samples: number, tokens: number, train_rows: number, val_rows: number, val_tokens: number, memory_bytes: number, settings: object } }} train
 * @property {{ asked: { run: number }, answered: { step: number, tokens: number, loss: number, lr: number, grad_norm: number, tokens_per_s: number, over: boolean } }} step
 * @property {{ asked: { run: number, row: number }, answered: { over: boolean, loss?: number | null } }} validate
 * @property {{ asked: { run: number, path: string, dtype?: string }, answered: {} }} save
 * @property {{ asked: { run: number, path: string }, answered: {} }} save_checkpoint
 * @property {{ asked: { run: number }, answered: { peak_bytes: number } }} run_memory
 * @property {{ asked: { run: number }, answered: { steps: number, parameters: number, parameters_changed: number, change_norm: number, largest_change: number, weights: number, weights_affected: number, loss_first: number | null, loss_last: number | null, val_loss_first: number | null, val_loss_last: number | null } }} proof
 * @property {{ asked: { model: number, adapter?: number, run?: number, strength?: number, path: string, ids: number[][], labels?: number[][], grads?: boolean, train_steps?: number, lr?: number, weight_decay?: number, continue?: number }, answered: { loss: number, tokens: number } }} probe
 * @property {{ asked: { model: number, adapter?: number, run?: number, ids?: number[][], directions: number }, answered: { check: number, loss: number, parameters: number, tokens: number } }} check_gradient
 * @property {{ asked: { check: number }, answered: { direction: number, parameters: number, backward: number, central: number, step: number, difference: number, over: boolean } }} next_direction
 */
export {};
