// `require('immaculata/register')` has no exports.
export {}
