namespace Passthrough.Results.Numa;

/// <summary>Divides rows and columns of a matrix in two.</summary>
internal static class Bipartition
{
    /// <summary>
    /// Sides of rows and columns such that values where both are on one side are low and where they are not are high: maximises
    /// the sum of signed values of the matrix without its row and column means, by turns over rows and columns from every row and
    /// column as a beginning. Null where one side would be empty. True is the side of the first row.
    /// </summary>
    public static (bool[] Rows, bool[] Columns)? Of(double[,] matrix)
    {
        double[,] centred = Centred(matrix);
        int rows = matrix.GetLength(0);
        int columns = matrix.GetLength(1);
        double best = 0;
        (bool[] Rows, bool[] Columns)? found = null;
        for (int start = 0; start < rows + columns; start++)
        {
            bool[] across = [.. Enumerable.Range(0, columns).Select(b => start < rows ? centred[start, b] < 0 : Similarity(centred, b, start - rows) > 0)];
            bool[] down = new bool[rows];
            double sum = double.NegativeInfinity;
            while (true)
            {
                for (int c = 0; c < rows; c++)
                {
                    int row = c;
                    down[c] = Enumerable.Range(0, columns).Sum(b => across[b] ? centred[row, b] : -centred[row, b]) < 0;
                }

                double next = 0;
                for (int b = 0; b < columns; b++)
                {
                    int column = b;
                    double total = Enumerable.Range(0, rows).Sum(c => down[c] ? centred[c, column] : -centred[c, column]);
                    across[b] = total < 0;
                    next += Math.Abs(total);
                }

                if (next <= sum + 1e-12)
                {
                    break;
                }

                sum = next;
            }

            if (sum > best && down.Distinct().Count() == 2 && across.Distinct().Count() == 2)
            {
                best = sum;
                // The first row's side is called true, whichever way the search went.
                found = ([.. down.Select(side => side == down[0])], [.. across.Select(side => side == down[0])]);
            }
        }

        return found;
    }

    /// <summary>True for the values below the cut that leaves the least variance within both sides; at least one value on each side.</summary>
    public static bool[] Lower(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int cut = 1;
        double best = double.NegativeInfinity;
        for (int low = 1; low < sorted.Length; low++)
        {
            double difference = sorted[low..].Average() - sorted[..low].Average();
            double between = difference * difference * low * (sorted.Length - low);
            if (between > best)
            {
                best = between;
                cut = low;
            }
        }

        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
        var lower = new bool[values.Length];
        foreach (int index in order.Take(cut))
        {
            lower[index] = true;
        }

        return lower;
    }

    private static double Similarity(double[,] centred, int column, int other)
    {
        double sum = 0;
        for (int c = 0; c < centred.GetLength(0); c++)
        {
            sum += centred[c, column] * centred[c, other];
        }

        return sum;
    }

    private static double[,] Centred(double[,] matrix)
    {
        int rows = matrix.GetLength(0);
        int columns = matrix.GetLength(1);
        double[] rowMeans = [.. Enumerable.Range(0, rows).Select(c => Enumerable.Range(0, columns).Average(b => matrix[c, b]))];
        double[] columnMeans = [.. Enumerable.Range(0, columns).Select(b => Enumerable.Range(0, rows).Average(c => matrix[c, b]))];
        double mean = rowMeans.Average();
        var centred = new double[rows, columns];
        for (int c = 0; c < rows; c++)
        {
            for (int b = 0; b < columns; b++)
            {
                centred[c, b] = matrix[c, b] - rowMeans[c] - columnMeans[b] + mean;
            }
        }

        return centred;
    }
}
