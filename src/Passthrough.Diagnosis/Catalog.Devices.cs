namespace Passthrough.Diagnosis;

/// <content>Checks of units, groups, interrupts, devices and guests.</content>
public static partial class Catalog
{
    private static readonly Check[] Devices = [];
}
