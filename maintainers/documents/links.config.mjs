import validateLinks from 'remark-validate-links';

/** Checks that links in Markdown lead to files and headings that exist. Does not use the network. */
export default { plugins: [[validateLinks, { repository: false, root: '../..' }]] };
