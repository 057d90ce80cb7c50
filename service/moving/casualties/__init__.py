"""Files of casualties that others counted, in the columns of IMSMA and CMVIS: what a column means,
which words stand for which codes, how a row becomes a record and a record a row. Pure."""
