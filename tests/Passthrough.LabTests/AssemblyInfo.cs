using Xunit;

// One guest at a time: two together are slower than one after the other, and they disturb each other's clocks.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
