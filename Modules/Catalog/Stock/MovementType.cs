namespace Shop.Catalog.Stock;

internal enum MovementType
{
    Initial,
    Adjustment,
    Sale,
    Return,
}
