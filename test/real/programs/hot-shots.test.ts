import { behavesTheSame } from './support.ts';

// All of the million where there is time.
behavesTheSame('hot-shots', process.env['VOLLEY_TEST_FULL'] === '1' ? 1_000_000 : 100_000);
