// To be loaded with `node --require`. Sets the clock of the process ahead by CLOCK_AHEAD milliseconds.
const ahead = Number(process.env.CLOCK_AHEAD);
const realNow = Date.now;

Date.now = () => realNow() + ahead;
