// Loaded with `--require`: the clock of this process is ahead by CLOCK_AHEAD milliseconds.
const ahead = Number(process.env.CLOCK_AHEAD);
const realNow = Date.now;

Date.now = () => realNow() + ahead;
