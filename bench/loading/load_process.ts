// Loads a model, or only what it takes to do so, and prints the most memory this process has held:
// node dist/bench/loading/load_process.js import|load FOLDER DTYPE
import { AutoModel, devices, type DType } from 'gridstride';
import { peakResidentBytes } from '../../lib/util/process_memory.js';

const [work, folder, dtype] = process.argv.slice(2) as [string, string, DType];

// The addon is loaded by it.
devices();
if (work === 'load') await AutoModel.fromPretrained(folder, { dtype, device: 'cpu' });
console.log(JSON.stringify({ peak: peakResidentBytes() }));
